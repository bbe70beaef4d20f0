"""The linkage: records → decisions, which pairs of rows are one person or may be.

engine                      link, recognise, link_tables …: the order of the steps; slices
sieve                       of a large table beside the month, the rows that may be somebody
blocking                    candidate pairs: one join per blocking key
blocking_keys               what a blocking key is made of
chosen_keys                 keys chosen from the columns of two tables, by yield for cost
blocking_atoms              … what those are made of
drawn_pairs                 … and what they would find, without labels
comparison                  the two sides of each pair, compared
levels                      what they have in common, as named agreement levels
name_levels                 … of the names
masked_names                … of those that hide characters
particular_levels           … of parts of names and columns that are compared as they stand
model                       what agreement is worth: Fellegi–Sunter weights
waterfall                   … shown step by step
u_probability               … between two people, from random pairs
term_frequencies            … for a name that is rare or common
value_frequencies           … for any value that is
expectation_maximisation    … learnt from the candidate pairs
starting_shares             … and what that begins with
score                       weights, probabilities with rivals
several_rows                … where rivals may be rows of one person
decide                      tiers, one link a person
expected_precision          … how right the links are expected to be; links for a precision asked
duplicates                  rows of one table that are one person
clusters                    rows of two tables that are one person
verdicts                    what people have said of pairs of two tables
"""

from loubao.linkage.clusters import persons
from loubao.linkage.decide import as_reviews
from loubao.linkage.engine import Linked, link, link_beside, link_tables, recognise
from loubao.linkage.model import Model

__all__ = [
    "Linked",
    "Model",
    "as_reviews",
    "link",
    "link_beside",
    "link_tables",
    "persons",
    "recognise",
]
