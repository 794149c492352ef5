"""From a request and a class of machine to the pipelines that could serve it, and the problem they make."""

from rigfit.candidates.compiler import Compiled, compile_request

__all__ = ["Compiled", "compile_request"]
