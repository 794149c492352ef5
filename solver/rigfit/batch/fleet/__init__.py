"""Fleets: many machines with weights, read one after the other.

entries    one machine of a fleet, or why it could not be read
flat       machines written as one line: name, weight, gpu, vram, ram, disk, os, display
reader     which reader a path takes: CSV, JSON lines, Parquet, a folder of machine files; its fingerprint
"""
