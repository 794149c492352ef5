"""Why the answer is what it is.

Where there are bundles, `first` says what was left out, what came closest and what decided. Where there are none:

1. `rigfit.candidates.open` expands the request again with every guard open: rows carry what holds them back. It
   starts empty, and questions open the portions that could answer them.
2. `opened` turns that into a guarded problem (`guards`): one guard for each thing that a person could change.
3. `conflict`, `give_ups` and `least` ask it which guards can hold together. They know of no models, cards or files.
4. `members`, `nearest`, `cascade` and `relax` say what guards and rows mean; `unsolved` puts it together and proves it.
5. `render` makes text and Markdown of it. The data are `rigfit.schema.reason`.

For any model or variant the open expansion has the rows, what holds each back (`OpenTask.held`) and its value, so a
question about one of them needs no other source.
"""

from rigfit.explain.first import explain_bundles, explain_none, left_out, why
from rigfit.explain.unsolved import explain_unsolved

__all__ = ["explain_bundles", "explain_none", "explain_unsolved", "left_out", "why"]
