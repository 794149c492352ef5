"""Reasons in words: plain text and Markdown. JSON is the pydantic models of `rigfit.schema.reason` themselves."""
