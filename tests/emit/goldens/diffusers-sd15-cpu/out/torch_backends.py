# record 0000000000000000 · bundle 1
# made by rigfit emit
import torch

# no GPU: models run on the processor, slowly
dtype = torch.float32
