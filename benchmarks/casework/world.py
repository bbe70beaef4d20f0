"""An invented county with known truth: who needs help, who is covered, who dies, month by month."""

from __future__ import annotations

import random

from cast import NUMBER_FAULTS, Cast, Clue, Person, Stay

#: source lists: whether they name everybody anew each month, or only the month's new ones
CUMULATIVE = {"medical": True, "monitored": True, "disability": False, "children": False}
LABELS = {
    "medical": "自付医疗费用超4万元",
    "monitored": "防返贫监测对象",
    "disability": "新增重度残疾",
    "children": "困境儿童线索",
    "village_report": "村级上报",
}
COVERED_BY = {
    "medical": ("dibao", "tekun"),
    "monitored": ("dibao", "tekun"),
    "disability": ("dibao", "tekun"),
    "children": ("orphan", "unattended", "tekun"),
}
ROLES = {
    "plain": 30,
    "covered": 20,
    "covered_dirty": 9,
    "partial": 7,
    "dead_before": 3,
    "dead_during": 5,
    "wrongly_dead": 2,
    "moved_out": 3,
    "aid_ends": 5,
    "renamed": 3,
    "two_lists": 6,
    "two_spellings": 5,
    "moves": 3,
    "elsewhere": 4,
    "new_list_later": 4,
    "twins": 1,
    "masked": 5,
    "namesake": 2,
    "leaves_list": 3,
}


class World:
    """The people of a county and what is true of them."""

    def __init__(
        self, seed: int, people: int, villages: list[tuple[str, str]], months: int
    ) -> None:
        self.rng = random.Random(seed)
        self.months = months
        self.villages = villages
        self.cast = Cast(self.rng, villages)
        roles = self.rng.choices(list(ROLES), list(ROLES.values()), k=people)
        for role in roles:
            self._cast_one(role)
        for _ in range(people):
            filler = self.cast.person("filler")
            filler.stays.append(Stay(self.rng.choice(["dibao"] * 5 + ["tekun"]), 0))
        self.newcomers = [self.cast.person("newcomer") for _ in range(max(6, people // 30))]
        for one in self.newcomers:
            if self.rng.random() < 0.5:  # a list names later whom the village has added
                self.clue(one, self.rng.randrange(1, months))

    @property
    def people(self) -> list[Person]:
        """Everybody, by number."""
        return self.cast.people

    def clue(self, one: Person, since: int, which: str | None = None) -> str:
        """Let a list name the person from a month on."""
        child = one.birth.year >= 2008
        which = which or (
            "children" if child else self.rng.choice(["medical", "monitored", "disability"])
        )
        one.clues.append(Clue(which, since))
        return which

    def _start(self) -> int:
        return 0 if self.rng.random() < 0.6 else self.rng.randrange(self.months)

    def _roll(self, one: Person) -> str:
        if one.birth.year >= 2008:
            return self.rng.choice(["orphan", "unattended"])
        return self.rng.choice(["dibao"] * 4 + ["tekun"])

    def _cast_one(self, role: str) -> None:
        rng = self.rng
        one = self.cast.person(role, child=rng.random() < 0.12)
        start = self._start()
        which = self.clue(one, start)
        if rng.random() < 0.08:
            one.styles[which] = ("plain", rng.choice(NUMBER_FAULTS))
        getattr(self, "_" + role, lambda *_: None)(one, start, which)

    def _covered(self, one: Person, start: int, which: str) -> None:
        one.stays.append(Stay(self._roll(one), 0))
        if self.rng.random() < 0.2:
            one.styles[which] = (self.rng.choice(["sound", "old_form", "note"]), "plain")

    def _covered_dirty(self, one: Person, start: int, which: str) -> None:
        roll = self._roll(one)
        one.stays.append(Stay(roll, 0))
        where = self.rng.choice([which, roll])
        one.styles[where] = (self.rng.choice(["plain", "sound"]), self.rng.choice(NUMBER_FAULTS))

    def _partial(self, one: Person, start: int, which: str) -> None:
        one.stays.append(Stay("edge", 0))

    def _dead_before(self, one: Person, start: int, which: str) -> None:
        one.dead = 0
        monthly = self.rng.random() < 0.5
        one.dead_told = list(range(self.months)) if monthly else [0]
        self._spoil_death(one)

    def _dead_during(self, one: Person, start: int, which: str) -> None:
        one.dead = self.rng.randrange(1, self.months)
        told = self.rng.randrange(one.dead, self.months)
        one.dead_told = list(range(told, self.months)) if self.rng.random() < 0.5 else [told]
        self._spoil_death(one)

    def _spoil_death(self, one: Person) -> None:
        if self.rng.random() < 0.2:
            one.styles["death"] = ("plain", self.rng.choice(["masked", "swapped", "one_wrong"]))
        elif self.rng.random() < 0.1:
            one.styles["death"] = ("masked", "plain")

    def _wrongly_dead(self, one: Person, start: int, which: str) -> None:
        one.dead_told = [self.rng.randrange(self.months)]

    def _moved_out(self, one: Person, start: int, which: str) -> None:
        one.moved_told = [self.rng.randrange(self.months)]
        one.really_moved = self.rng.random() < 0.7

    def _aid_ends(self, one: Person, start: int, which: str) -> None:
        one.stays.append(Stay(self._roll(one), 0, self.rng.randrange(0, self.months - 1)))

    def _renamed(self, one: Person, start: int, which: str) -> None:
        given = self.rng.choice(["晓阳", "子墨", "俊杰", "雅文", "立"])
        one.renamed = (self.rng.randrange(1, self.months), one.name[0] + given)
        if self.rng.random() < 0.3:
            one.renamed = (one.renamed[0], self.rng.choice("江罗邓") + given)

    def _two_lists(self, one: Person, start: int, which: str) -> None:
        if one.birth.year < 2008:
            self.clue(
                one,
                start,
                self.rng.choice(sorted({"medical", "monitored", "disability"} - {which})),
            )

    def _two_spellings(self, one: Person, start: int, which: str) -> None:
        self._two_lists(one, start, which)
        other = one.clues[-1].list
        style = self.rng.choice(["sound", "old_form", "masked", "masked_one", "middle"])
        number = self.rng.choice(["plain", "plain", "masked", "spaced", "full_width"])
        one.styles[other] = (style, number)

    def _masked(self, one: Person, start: int, which: str) -> None:
        name = self.rng.choice(["masked", "masked_one", "middle", "plain"])
        one.styles[which] = (name, self.rng.choice(["plain", "masked", "plain"]))
        if self.rng.random() < 0.3:
            one.stays.append(Stay(self._roll(one), 0))

    def _moves(self, one: Person, start: int, which: str) -> None:
        one.moves = (self.rng.randrange(1, self.months), *self.rng.choice(self.villages))

    def _elsewhere(self, one: Person, start: int, which: str) -> None:
        far = ("外省", "外地") if self.rng.random() < 0.3 else self.rng.choice(self.villages)
        one.home = far

    def _new_list_later(self, one: Person, start: int, which: str) -> None:
        if one.birth.year < 2008:
            other = self.rng.choice(sorted({"medical", "monitored", "disability"} - {which}))
            self.clue(one, self.rng.randrange(1, self.months), other)

    def _leaves_list(self, one: Person, start: int, which: str) -> None:
        one.clues[0].until = min(start + 1, self.months - 1)

    def _twins(self, one: Person, start: int, which: str) -> None:
        from cast import number_of

        twin = self.cast.person("twin")
        self.cast.used.discard(twin.number)
        twin.birth, twin.sex, twin.town, twin.village = one.birth, one.sex, one.town, one.village
        sequence = int(one.number[14:17]) + 2
        twin.number = number_of(
            one.birth, sequence if sequence < 1000 else sequence - 4, one.number[:6]
        )
        self.cast.used.add(twin.number)
        twin.name = one.name[:-1] + self.rng.choice(
            [c for c in "佳嘉宇雨华花" if c != one.name[-1]]
        )
        twin.stays.append(Stay(self._roll(twin), 0))

    def _namesake(self, one: Person, start: int, which: str) -> None:
        other = self.cast.person("namesake_of")
        other.name, other.town, other.village = one.name, one.town, one.village
        other.stays.append(Stay("dibao", 0))

    # ---------------------------------------------------------------- what is true in a month
    def named(self, one: Person, month: int) -> list[str]:
        """The lists that name the person in this month's files."""
        return sorted(
            {
                c.list
                for c in one.clues
                if (c.since <= month <= c.until if CUMULATIVE[c.list] else c.since == month)
            }
        )

    def covered(self, one: Person, month: int) -> bool:
        """Whether each list that names the person this month has its full cover."""
        lists = self.named(one, month) or [c.list for c in one.clues] or ["medical"]
        return all(any(one.on(roll, month) for roll in COVERED_BY[which]) for which in lists)

    def told_dead(self, one: Person, month: int) -> bool:
        """Whether a death list of this month or before names the person."""
        return any(told <= month for told in one.dead_told)

    def told_moved(self, one: Person, month: int) -> bool:
        """Whether a list of people moved away has named the person by now."""
        return any(told <= month for told in one.moved_told)

    def truly_dead(self, one: Person, month: int) -> bool:
        """Whether the person is dead by the end of the month."""
        return one.dead is not None and one.dead <= month
