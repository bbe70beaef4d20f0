"""Invented villages, towns and counties."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from population import words

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Places:
    """Villages (one entry each): names, the town's name, county, town within the county."""

    village: list[str]
    former: list[str]  # an older name, or the same
    town: list[str]
    town_index: Ints
    county: Ints
    station: Ints


def places(rng: np.random.Generator, villages: int) -> Places:
    """Name the villages; fifteen to twenty-five a town, ten to twelve towns a county."""
    pool = sorted({a + b for a in words.VILLAGE_HEADS for b in words.VILLAGE_TAILS if a != b})
    town_pool = sorted({a + b for a in words.TOWN_HEADS for b in words.TOWN_TAILS if a != b})
    village: list[str] = []
    former: list[str] = []
    town: list[str] = []
    town_index: list[int] = []
    county: list[int] = []
    station: list[int] = []
    county_now, station_now, towns, stations = -1, 0, 0, 0
    free_towns: list[str] = []
    while len(village) < villages:
        if station_now >= stations:
            county_now, station_now, stations = county_now + 1, 0, int(rng.integers(10, 13))
            free_towns = [town_pool[n] for n in rng.permutation(len(town_pool))[:stations]]
        count = min(int(rng.integers(15, 26)), villages - len(village))
        drawn = [pool[n] for n in rng.permutation(len(pool))[: 2 * count]]
        ending = "街道" if rng.random() < 0.1 else "乡" if rng.random() < 0.3 else "镇"
        for n in range(count):
            kind = "社区" if rng.random() < 0.12 else "村"
            renamed = rng.random()
            older = (
                drawn[n] + "村" if kind == "社区" and renamed < 0.5
                else drawn[count + n] + "村" if renamed < 0.04
                else drawn[n] + kind
            )  # fmt: skip
            village.append(drawn[n] + kind)
            former.append(older)
            town.append(free_towns[station_now] + ending)
            town_index.append(towns)
            county.append(county_now)
            station.append(station_now)
        station_now, towns = station_now + 1, towns + 1
    return Places(village, former, town, np.array(town_index), np.array(county), np.array(station))
