"""The rules of eligibility: each tells what was found, what is needed, what helps.

Pure: they read the facts they are given and rows that were loaded with them.
"""
