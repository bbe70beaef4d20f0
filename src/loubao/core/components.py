"""Connected components: who belongs together when `a` goes with `b` and `b` with `c`."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)


def components(edges: Iterable[tuple[Node, Node]]) -> dict[Node, Node]:
    """Return for each node of `edges` the first node met of its component (union-find).

    >>> components([(1, 2), (3, 4), (2, 5)])
    {1: 1, 2: 1, 3: 3, 4: 3, 5: 1}
    """
    parent: dict[Node, Node] = {}
    order: dict[Node, int] = {}

    def root(node: Node) -> Node:
        order.setdefault(node, len(order))
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for left, right in edges:
        first, second = sorted((root(left), root(right)), key=order.__getitem__)
        parent[second] = first
    return {node: root(node) for node in parent}
