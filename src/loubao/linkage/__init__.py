"""The linkage: records → decisions, which pairs of rows are one person or may be.

engine                      link, recognise, link_tables: the order of the steps; slices
blocking                    candidate pairs: one join per blocking key
blocking_keys               what a blocking key is made of
comparison                  the two sides of each pair, compared
levels                      what they have in common, as named agreement levels
name_levels                 … of the names
masked_names                … of those that hide characters
model                       what agreement is worth: Fellegi–Sunter weights; the waterfall
u_probability               … between two people, from random pairs
term_frequencies            … for a name that is rare or common
expectation_maximisation    … learnt from the candidate pairs
score                       weights, probabilities with rivals, tiers, one link a person
verdicts                    what people have said of pairs of two tables
"""

from loubao.linkage.engine import Linked, link, link_tables, persons, recognise
from loubao.linkage.model import Model
from loubao.linkage.score import as_reviews

__all__ = ["Linked", "Model", "as_reviews", "link", "link_tables", "persons", "recognise"]
