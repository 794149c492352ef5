# record 0000000000000000 · bundle 1
# made by rigfit emit
import torch

# Apple's backend has no fp8 types, and K-quants give wrong pictures through PyTorch
# bfloat16 needs macOS 14 or newer
dtype = torch.float16
