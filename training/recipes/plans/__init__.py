"""What a recipe will take before it starts: rows, tokens, judge's questions, GPU hours, memory and disk of each stage.

`flow` follows rows from stage to stage, `machine` says what they cost on cards, `plan` puts both together and says of
each figure what it rests on.
"""
