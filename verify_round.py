#!/usr/bin/env python3
"""Check a round of the Mobility Visa Clearing House by yourself.

This one file needs Python 3.8 or newer and nothing else: no network, no account, no other file of
the project. It shares no line with the programs of the clearing house.

  python3 verify_round.py bundle.zip            a whole round: digests, tree, draw, plan, re-run
  python3 verify_round.py proof.json            your own proof: your list was in the sealed input
      --bundle public.zip                         and what the published cut-offs say about you
      --explanation letter.jws --keys keys.json   and whether your letter says the same
  python3 verify_round.py letter.jws --keys keys.json    a signed explanation: who signed, what
  python3 verify_round.py receipt.json --keys keys.json  your act stands in a signed checkpoint
  python3 verify_round.py secret                make a secret for the draw, and its commitment

Exit status: 0 everything holds, 1 something does not hold, 2 a file cannot be read or understood.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import re
import secrets
import sys
import zipfile
import zlib
from pathlib import Path

MIB = 1 << 20
FILE_MAX = 2048 * MIB
ARCHIVE_MAX = 4096 * MIB
RATIO_MAX = 100
SMALL_MAX = 16 * MIB
FILES_MAX = 1000
SHUT_POINTS = 65_536
# Published counts of people are rounded to multiples of this.
ROUNDED_BY = 5
HEX = re.compile("[0-9a-f]{64}")
TESTS = {
    "lottery_time": "lottery numbers against the moment of applying",
    "lottery_id": "lottery numbers against the order of applications",
    "lottery_origin": "lottery numbers against the state people come from",
    "lottery_aim": "lottery numbers against the state people want to go to",
    "lottery_uniform": "lottery numbers spread evenly",
    "place_time": "places at equal points against the moment of applying",
    "place_id": "places at equal points against the order of applications",
}


class Refused(Exception):
    """A file cannot be read or understood; the text says where."""


class Report:
    """What was checked, in plain words."""

    def __init__(self):
        self.faults = 0

    def say(self, good, text, details=()):
        """Print one check and, if it failed, up to five details."""
        self.faults += not good
        print("{} {}".format("ok   " if good else "FAULT", text))
        if not good:
            shown = list(details)
            for line in shown[:5]:
                print("        - {}".format(line))
            if len(shown) > 5:
                print("        - and {} more".format(len(shown) - 5))

    @staticmethod
    def note(text):
        """Print something that is neither good nor bad."""
        print("note  {}".format(text))

    def end(self):
        """Print the verdict and return the exit status."""
        if self.faults:
            print(
                "\n{} check(s) failed. Do not trust this result; tell the auditor.".format(
                    self.faults
                )
            )
            return 1
        print("\nEverything that this file can show holds.")
        return 0


# Reading


def read_file(path, limit):
    """Return a file's bytes, at most `limit` of them."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise Refused("{}: {}".format(path, error.strerror or "cannot be read")) from None
    if len(data) > limit:
        raise Refused("{}: is larger than {} MiB".format(path, limit // MIB))
    return data


def parse(data, place):
    """Return the value of strict JSON: UTF-8, no name twice, whole numbers only."""

    def once(pairs):
        value = dict(pairs)
        if len(value) != len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise Refused("{}: the name {!r} stands twice in one object".format(place, twice))
        return value

    def never(text):
        raise Refused("{}: {} is not allowed here, only whole numbers".format(place, text))

    try:
        return json.loads(
            data.decode("utf-8"), object_pairs_hook=once, parse_float=never, parse_constant=never
        )
    except UnicodeDecodeError as error:
        raise Refused("{}: byte {} is not UTF-8".format(place, error.start)) from None
    except json.JSONDecodeError as error:
        where = "line {}, column {}".format(error.lineno, error.colno)
        raise Refused("{}: is not JSON ({}: {})".format(place, where, error.msg)) from None
    except RecursionError:
        raise Refused("{}: is nested too deeply".format(place)) from None
    except ValueError:
        raise Refused("{}: holds a number that is far too long".format(place)) from None


def take(value, name, kind, place):
    """Return a field of an object if it is of the kind, or refuse with the place."""
    if not isinstance(value, dict) or name not in value:
        raise Refused("{}: {!r} is missing".format(place, name))
    found = value[name]
    kinds = kind if isinstance(kind, tuple) else (kind,)
    # In Python a truth value is a whole number too; here it is not.
    if not isinstance(found, kinds) or (isinstance(found, bool) and bool not in kinds):
        raise Refused("{}: {!r} is not of the right kind".format(place, name))
    return found


def number(value, name, low, high, place):
    """Return a whole number within bounds."""
    found = take(value, name, int, place)
    if not low <= found <= high:
        raise Refused("{}: {!r} is not between {} and {}".format(place, name, low, high))
    return found


def from_hex(text, place):
    """Return the bytes of lower-case hexadecimal digits."""
    if not isinstance(text, str) or not re.fullmatch("(?:[0-9a-f]{2})*", text):
        raise Refused("{}: is not lower-case hexadecimal".format(place))
    return bytes.fromhex(text)


def canonical(value):
    """Return RFC 8785 bytes; with whole numbers and ASCII names, sorted compact JSON is that."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8")


def sha(data):
    """Return a SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def open_bundle(path):
    """Return the files of an archive by name; refuses what is damaged, foreign or far too large."""
    try:
        with zipfile.ZipFile(path) as archive:
            listing = archive.infolist()
            check_listing(path, listing)
            return {info.filename: unpack(path, archive, info) for info in listing}
    except OSError as error:
        raise Refused("{}: {}".format(path, error.strerror or "cannot be read")) from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise Refused(
            "{}: is no zip archive, or is damaged or cut off ({})".format(path, error)
        ) from None
    except (RuntimeError, ValueError) as error:
        raise Refused("{}: cannot be unpacked ({})".format(path, error)) from None


def check_listing(path, listing):
    """Refuse an archive by its table of contents, before anything is unpacked."""
    names = [info.filename for info in listing]
    if len(names) > FILES_MAX or len(set(names)) != len(names):
        raise Refused("{}: has too many files, or one twice".format(path))
    if sum(info.file_size for info in listing) > ARCHIVE_MAX:
        raise Refused("{}: would unpack to more than {} MiB".format(path, ARCHIVE_MAX // MIB))
    for info in listing:
        place = "{}, {}".format(path, info.filename[:80])
        if not re.fullmatch(r"[a-z0-9-]{1,60}\.json", info.filename):
            raise Refused("{}: is a file that does not belong here".format(place))
        bomb = info.file_size > MIB and info.file_size > RATIO_MAX * max(1, info.compress_size)
        if info.file_size > FILE_MAX or bomb:
            raise Refused("{}: would unpack to far more than it should".format(place))


def unpack(path, archive, info):
    """Return the bytes of one file, never more than its listing says."""
    pieces, left = [], info.file_size
    try:
        with archive.open(info) as file:
            while True:
                piece = file.read(MIB)
                if not piece:
                    break
                left -= len(piece)
                if left < 0:
                    raise Refused("{}, {}: is longer than it says".format(path, info.filename))
                pieces.append(piece)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise Refused("{}, {}: is damaged ({})".format(path, info.filename, error)) from None
    return b"".join(pieces)


# A whole round


def check_bundle(path, report):
    """Check an archive: what everybody gets, or what auditors get."""
    files = open_bundle(path)
    if "manifest.json" not in files:
        raise Refused("{}: has no manifest.json".format(path))
    manifest = parse(files["manifest.json"], "manifest.json")
    if take(manifest, "format", str, "manifest.json") != "mvch-bundle/1":
        raise Refused("manifest.json: is of a format that this program does not know")
    kind = take(manifest, "kind", str, "manifest.json")
    print(
        "Round {}, {} ({} bundle)".format(
            take(manifest, "round", int, "manifest.json"),
            take(manifest, "status", str, "manifest.json"),
            kind,
        )
    )
    print("Digest of the manifest: {}\n".format(sha(files["manifest.json"])))
    check_files(files, manifest, report)
    rules = check_rules(files, manifest, report)
    check_secrets(files, manifest, report)
    if kind == "sealed":
        market = check_market(files, manifest, rules, report)
        check_tree(files, manifest, market, report)
        check_plans(files, manifest, market, report)
        check_statistics(files, manifest, rules, market, report)
    else:
        check_statistics(files, manifest, rules, None, report)
        check_result(files, rules, report)
    return manifest, files


def check_files(files, manifest, report):
    """Compare each file with the manifest."""
    listed = take(manifest, "files", dict, "manifest.json")
    wrong = [
        "{} is not in the manifest".format(name)
        for name in files
        if name not in listed and name != "manifest.json"
    ]
    for name in sorted(listed):
        if name not in files:
            wrong.append("{} is missing".format(name))
        elif listed[name] != {"sha256": sha(files[name]), "size": len(files[name])}:
            wrong.append("{} is not what the manifest says".format(name))
    report.say(not wrong, "the files are those of the manifest", wrong)


def need(files, name):
    """Return a file of the archive, parsed."""
    if name not in files:
        raise Refused("{}: is missing".format(name))
    return parse(files[name], name)


def check_rules(files, manifest, report):
    """Check that the rules are the published ones; return them, or None for an old round."""
    if "rules.json" not in files:
        report.say(
            manifest.get("rules_digest") == "", "no rules were published, and none are claimed"
        )
        return None
    rules = need(files, "rules.json")
    report.say(
        sha(files["rules.json"]) == manifest.get("rules_digest"),
        "the rules are those whose digest was published before lists opened",
    )
    older = take(manifest, "repeat_of", list, "manifest.json")
    first = older[-1] if older else manifest["round"]
    report.say(take(rules, "round", int, "rules.json") == first, "the rules belong to this round")
    if older:
        report.note("this round repeats round {} with the same entries and seed".format(older[0]))
    return rules


def check_secrets(files, manifest, report):
    """Check commitments, and the seed that the secrets give."""
    rows = need(files, "secrets.json")
    if not isinstance(rows, list):
        raise Refused("secrets.json: is not a list")
    wrong, missing, revealed, seen = [], [], [], set()
    for row in rows:
        party = take(row, "party", str, "secrets.json")
        if not party or party in seen:
            wrong.append("a party without a name, or twice: {!r}".format(party))
        seen.add(party)
        commitment = take(row, "commitment", str, "secrets.json")
        secret = take(row, "secret", (str, type(None)), "secrets.json")
        if secret is None:
            missing.append(party)
            continue
        revealed.append(from_hex(secret, "secrets.json, " + party))
        if sha(revealed[-1]) != commitment:
            wrong.append("the secret of {} is not the one it committed to".format(party))
    report.say(not wrong, "every revealed secret fits its commitment", wrong)
    seed = take(manifest, "seed", str, "manifest.json")
    if not seed:
        report.note("the seed has not been drawn yet")
        return
    for party in missing:
        report.note("{} did not reveal its secret; the draw went on without it".format(party))
    digest = from_hex(take(manifest, "input_digest", str, "manifest.json"), "input_digest")
    right = sha(digest + b"".join(sorted(revealed)))
    report.say(
        seed == right and bool(revealed),
        "the seed comes from the sealed input and the {} revealed secret(s)".format(len(revealed)),
    )


# The sealed market


class Market:
    """A sealed market: postings, caps, and people by ascending id."""

    def __init__(self, value, place):
        if take(value, "format", str, place) != "mvch-market/1":
            raise Refused("{}: is of a format that this program does not know".format(place))
        self.seed = take(value, "seed", str, place) if "seed" in value else ""
        self.postings = {}
        for row in take(value, "postings", list, place):
            self.add_posting(row, place)
        self.lines = self.lines_of(take(value, "caps", list, place), place)
        self.people = take(value, "candidates", list, place)
        self.names, self.protected, self.wishes = [], [], []
        for count, row in enumerate(self.people):
            self.add_person(row, "{}, candidate {}".format(place, count))
        if len(set(self.names)) != len(self.names):
            raise Refused("{}: a candidate stands in it twice".format(place))
        self.index = {name: i for i, name in enumerate(self.names)}
        self.ranks = self.lottery() if self.seed else []

    def add_posting(self, row, place):
        """Take one posting."""
        name = take(row, "id", str, place)
        place = "{}, posting {!r}".format(place, name)
        quota = number(row, "quota", 0, 2**31 - 1, place)
        reserve = number(row, "reserve", 0, quota, place)
        order = take(row, "order", str, place)
        if order not in ("open_first", "reserve_first") or name in self.postings:
            raise Refused("{}: has an unknown order, or stands twice".format(place))
        self.postings[name] = (
            quota,
            reserve,
            order == "open_first",
            take(row, "state", str, place),
        )

    def lines_of(self, caps, place):
        """Return what chooses together: (cap or None, limit, postings)."""
        alone, lines = dict.fromkeys(sorted(self.postings)), []
        for row in caps:
            name, members = take(row, "id", str, place), take(row, "postings", list, place)
            for member in members:
                if member not in alone:
                    raise Refused(
                        "{}, cap {!r}: {!r} is unknown or under two caps".format(
                            place, name, member
                        )
                    )
                del alone[member]
            if len({self.postings[member][2:] for member in members}) != 1:
                raise Refused("{}, cap {!r}: is over several states or orders".format(place, name))
            lines.append((name, number(row, "limit", 0, 2**31 - 1, place), members))
        return lines + [(None, self.postings[name][0], [name]) for name in alone]

    def add_person(self, row, place):
        """Take one person."""
        self.names.append(take(row, "id", str, place))
        self.protected.append(take(row, "protected", bool, place))
        wishes = []
        for wish in take(row, "wishes", list, place):
            posting = take(wish, "posting", str, place)
            if posting not in self.postings:
                raise Refused("{}: wishes the unknown posting {!r}".format(place, posting))
            wishes.append((posting, number(wish, "points", 0, 65_535, place)))
        if len({posting for posting, _ in wishes}) != len(wishes):
            raise Refused("{}: has a wish twice".format(place))
        self.wishes.append(wishes)

    def lottery(self):
        """Return the rank of each person's lottery number; 0 is the best."""
        seed = from_hex(self.seed, "seed")
        tickets = [hashlib.sha256(seed + name.encode("utf-8")).digest() for name in self.names]
        ranks = [0] * len(tickets)
        for rank, i in enumerate(sorted(range(len(tickets)), key=tickets.__getitem__)):
            ranks[i] = rank
        return ranks

    def key(self, i, points):
        """Return a priority as one whole number: points, then the lottery; larger is better."""
        return points * len(self.names) + len(self.names) - 1 - self.ranks[i]

    def without(self, gone, kept):
        """Return the market of a later generation: some left, some hold what they accepted."""
        other = object.__new__(Market)
        other.seed, other.postings, other.lines = self.seed, self.postings, self.lines
        stay = [i for i, name in enumerate(self.names) if name not in gone]
        other.names = [self.names[i] for i in stay]
        other.protected = [self.protected[i] for i in stay]
        other.wishes = [
            [wish for wish in self.wishes[i] if kept.get(self.names[i], wish[0]) == wish[0]]
            for i in stay
        ]
        other.index = {name: i for i, name in enumerate(other.names)}
        other.ranks = other.lottery()
        return other

    def digest(self):
        """Return the SHA-256 of the canonical market."""
        rows = [
            {
                "id": self.names[i],
                "protected": self.protected[i],
                "wishes": [{"posting": name, "points": points} for name, points in self.wishes[i]],
            }
            for i in sorted(range(len(self.names)), key=self.names.__getitem__)
        ]
        postings = [
            {
                "id": name,
                "state": state,
                "quota": quota,
                "reserve": reserve,
                "order": "open_first" if first else "reserve_first",
            }
            for name, (quota, reserve, first, state) in sorted(self.postings.items())
        ]
        caps = [
            {"id": name, "limit": limit, "postings": members}
            for name, limit, members in self.lines
            if name is not None
        ]
        value = {"format": "mvch-market/1", "postings": postings, "caps": caps, "candidates": rows}
        return sha(canonical(dict(value, seed=self.seed) if self.seed else value))


def check_market(files, manifest, rules, report):
    """Check the sealed input against its digests and against the published rules."""
    value = need(files, "market.json")
    market = Market(value, "market.json")
    bare = {name: part for name, part in value.items() if name != "seed"}
    report.say(
        sha(canonical(bare)) == manifest.get("input_digest"),
        "the sealed input of {} people has the published digest".format(len(market.names)),
    )
    report.say(market.seed == manifest.get("seed"), "the market carries the published seed")
    if manifest.get("market_digest"):
        report.say(
            sha(canonical(value)) == manifest["market_digest"],
            "the market with its seed has the published digest",
        )
    if rules is not None:
        wrong = against_rules(market, rules)
        report.say(not wrong, "the sealed postings are those of the published rules", wrong)
    return market


def against_rules(market, rules):
    """List the postings that differ from the rules."""
    promised = {}
    for row in take(rules, "postings", list, "rules.json"):
        promised[take(row, "id", str, "rules.json")] = (
            row.get("quota"),
            row.get("reserve"),
            row.get("order") == "open_first",
            row.get("state"),
        )
    names = sorted(promised.keys() | market.postings.keys())
    return [name for name in names if promised.get(name) != market.postings.get(name)]


def node(left, right):
    """Return an inner node of the tree."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def leaf(salt, entry):
    """Return a leaf of the tree."""
    return hashlib.sha256(b"\x00" + salt + canonical(entry)).digest()


def tree_root(leaves):
    """Return the root over leaves (RFC 6962, 2.1)."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    level = leaves
    # A last node without a neighbour goes up as it is: the same tree as by halves of powers of two.
    while len(level) > 1:
        pairs = [node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = pairs + ([level[-1]] if len(level) % 2 else [])
    return level[0]


def check_tree(files, manifest, market, report):
    """Compute the root over all entries."""
    if not manifest.get("merkle_root"):
        report.note("no root over the entries was published for this round")
        return
    salts = need(files, "leaves.json")
    if not isinstance(salts, list) or len(salts) != len(market.people):
        raise Refused("leaves.json: has not one salt for each person")
    leaves = [leaf(from_hex(s, "leaves.json"), e) for s, e in zip(salts, market.people)]
    report.say(
        tree_root(leaves).hex() == manifest["merkle_root"],
        "the tree over all entries has the published root",
    )


# The plan


class Plan:
    """A plan: where everybody is, and the published cut-offs."""

    def __init__(self, value, place):
        if take(value, "format", str, place) != "mvch-plan/1":
            raise Refused("{}: is of a format that this program does not know".format(place))
        self.value = value
        self.digest = take(value, "digest", str, place)
        self.market_digest = take(value, "market_digest", str, place)
        self.places, self.twice = {}, []
        for row in take(value, "assignments", list, place):
            name = take(row, "candidate", str, place)
            posting = take(row, "posting", (str, type(None)), place)
            seat = take(row, "seat", (str, type(None)), place)
            if name in self.places:
                self.twice.append(name)
            self.places[name] = (posting, seat)
        self.cutoffs = {}
        for row in take(value, "cutoffs", list, place):
            where = (
                ("cap", row["cap"])
                if "cap" in row
                else ("posting", take(row, "posting", str, place))
            )
            self.cutoffs[where] = (
                take(row, "others", (dict, type(None)), place),
                take(row, "protected", (dict, type(None)), place),
            )
        if len(self.cutoffs) != len(value["cutoffs"]):
            self.twice.append("a cut-off")

    def right_digest(self):
        """Return the digest that the plan ought to carry."""
        return sha(canonical({name: part for name, part in self.value.items() if name != "digest"}))


def check_plans(files, manifest, market, report):
    """Check the plan, and every later generation with its published difference."""
    if "plan.json" not in files:
        report.note("the matcher has not run yet")
        return
    plan = Plan(need(files, "plan.json"), "plan.json")
    if not market.seed:
        raise Refused("market.json: there is a plan, but no seed was drawn")
    report.say(plan.digest == manifest.get("plan_digest"), "the plan has the published digest")
    check_plan(market, plan, "the plan", report)
    names = [name for name in files if re.fullmatch(r"refill-[0-9]+\.json", name)]
    for name in sorted(names, key=lambda text: int(text[7:-5])):
        change = need(files, name)
        gone = take(change, "withdrawn", list, name)
        kept = take(change, "accepted", dict, name)
        unknown = [who for who in [*gone, *kept] if who not in market.index]
        report.say(not unknown, "{} names people of this round only".format(name), unknown)
        if unknown:
            continue
        later = Plan(take(change, "plan", dict, name), name)
        check_plan(market.without(set(gone), kept), later, name[:-5], report)
        worse = list(losers(market, plan, later, set(gone), kept))
        report.say(not worse, "{}: nobody who stayed is worse off".format(name[:-5]), worse)
        plan = later


def losers(market, before, after, gone, kept):
    """Yield the people whom a later generation has put below where they were."""
    for name, i in market.index.items():
        if name in gone or name not in after.places:
            continue
        order = {posting: place for place, (posting, _) in enumerate(market.wishes[i])}
        was = order.get(before.places.get(name, (None,))[0], len(order))
        now = order.get(after.places[name][0], len(order))
        if now > was or (name in kept and after.places[name][0] != kept[name]):
            yield name


def check_plan(market, plan, title, report):
    """Check every property that one plan can show, then run the matching again."""
    report.say(plan.digest == plan.right_digest(), "{}: its own digest is right".format(title))
    report.say(
        plan.market_digest == market.digest(), "{}: it is made from this market".format(title)
    )
    wrong = [name for name in market.names if name not in plan.places]
    wrong += [name for name in plan.places if name not in market.index] + plan.twice
    report.say(not wrong, "{}: everybody stands in it once".format(title), wrong)
    held = holders(market, plan)
    report.say(
        not held.foreign,
        "{}: nobody is placed where they did not ask or are not eligible".format(title),
        held.foreign,
    )
    for text, details in properties(market, held):
        report.say(not details, "{}: {}".format(title, text), details)
    wrong = wrong_cutoffs(market, plan, held)
    report.say(not wrong, "{}: the cut-offs are right".format(title), wrong)
    wrong = broken_promises(market, plan)
    report.say(
        not wrong, "{}: everybody gets the first wish whose cut-off they meet".format(title), wrong
    )
    again = match(market)
    wrong = [
        name
        for i, name in enumerate(market.names)
        if plan.places.get(name, (None, None)) != again[i]
    ]
    report.say(not wrong, "{}: a run of our own gives the same result".format(title), wrong)


class Held:
    """Who holds places: (key, person, seat) by posting; who prefers a posting to what they got."""

    def __init__(self, market):
        self.at = {name: [] for name in market.postings}
        self.wanted = {name: [] for name in market.postings}
        self.foreign = []


def holders(market, plan):
    """Sort a plan by postings."""
    held = Held(market)
    for i, name in enumerate(market.names):
        posting, seat = plan.places.get(name, (None, None))
        if (posting is None) != (seat is None):
            held.foreign.append(
                "{} has a place without its kind, or the other way round".format(name)
            )
        found = posting is None
        for wish, points in market.wishes[i]:
            if wish == posting:
                held.at[wish].append((market.key(i, points), i, seat))
                found = True
                break
            held.wanted[wish].append((market.key(i, points), i))
        if not found:
            held.foreign.append("{} at {}".format(name, posting))
    return held


def properties(market, held):
    """Yield each property with the postings where it is broken."""
    yield "no posting and no state gives more places than it has", list(overfull(market, held))
    waste, reserve, envy = [], [], []
    for name, (quota, kept, _first, _state) in market.postings.items():
        if name in {member for cap, _, members in market.lines if cap for member in members}:
            continue
        here, wanted = held.at[name], held.wanted[name]
        if len(here) < quota and wanted:
            waste.append(name)
        reverted = any(seat == "reverted" for _, _, seat in here)
        guests = sum(market.protected[i] for _, i, _ in here)
        want_in = any(market.protected[i] for _, i in wanted)
        if want_in and (guests < kept or reverted):
            reserve.append(name)
        envy += envied(market, name, here, wanted)
    yield "no place stays free that somebody would have liked better", waste
    yield "reserved places went to protected people first", reserve
    yield "nobody envies somebody with a weaker claim", envy
    yield "every place is of the right kind", list(wrong_seats(market, held))
    yield "no posting would choose other people", list(unstable(market, held))


def envied(market, name, here, wanted):
    """List those whose claim on a posting is stronger than a holder's."""
    none = float("inf")
    open_bar = min([key for key, _, seat in here if seat == "open"], default=none)
    bars = {
        group: min([key for key, i, _ in here if market.protected[i] == group], default=none)
        for group in (False, True)
    }
    return [
        "{} at {}".format(market.names[i], name)
        for key, i in wanted
        if key > min(open_bar, bars[market.protected[i]])
    ]


def overfull(market, held):
    """Yield postings and caps above one of their limits."""
    for cap, limit, members in market.lines:
        if sum(len(held.at[name]) for name in members) > limit:
            yield cap or members[0]
    for name, (quota, reserve, first, _state) in market.postings.items():
        count = {"open": 0, "reserved": 0, "reverted": 0}
        for _key, i, seat in held.at[name]:
            if seat not in count or (seat == "reserved" and not market.protected[i]):
                yield "{}: {} holds a place of the wrong kind".format(name, market.names[i])
                return
            count[seat] += 1
        kept = count["reserved"] + count["reverted"]
        if (
            kept > reserve
            or len(held.at[name]) > quota
            or (first and count["open"] > quota - reserve)
        ):
            yield name


def wrong_seats(market, held):
    """Yield holders whose kind of place is not what the rule gives among the holders."""
    for line in market.lines:
        claims = [(key, name, i) for name in line[2] for key, i, _ in held.at[name]]
        chosen = choose(market, line, claims)
        for name in line[2]:
            for key, i, seat in held.at[name]:
                if chosen.get((key, name, i)) != seat:
                    yield "{} at {}".format(market.names[i], name)


def unstable(market, held):
    """Yield people whom a posting would rather have than its holders; caps: by the re-run."""
    for line in market.lines:
        if line[0] is None:
            name = line[2][0]
            everyone = [(key, name, i) for key, i, _ in held.at[name]]
            everyone += [(key, name, i) for key, i in held.wanted[name]]
            chosen = choose(market, line, everyone)
            for key, i in held.wanted[name]:
                if (key, name, i) in chosen:
                    yield "{} at {}".format(market.names[i], name)


def choose(market, line, claims):
    """Return the claims that a posting, or the postings under a cap, accept, with their seats."""
    _cap, limit, members = line
    first = market.postings[members[0]][2]
    reserves = {name: market.postings[name][1] for name in members}
    quotas = {name: market.postings[name][0] for name in members}
    asking = sorted(claims, reverse=True)
    chosen = {}

    def go(room, total, seat, guests_only):
        room, used = dict(room), 0
        for claim in asking:
            if used >= total:
                break
            if claim in chosen or room[claim[1]] <= 0:
                continue
            if guests_only and not market.protected[claim[2]]:
                continue
            chosen[claim] = seat
            room[claim[1]] -= 1
            used += 1
        return room

    if first:
        opened = {name: quotas[name] - reserves[name] for name in members}
        go(opened, limit - sum(reserves.values()), "open", False)
        left = go(reserves, limit - len(chosen), "reserved", True)
        go(left, limit - len(chosen), "reverted", False)
    else:
        left = go(reserves, limit, "reserved", True)
        free = {name: quotas[name] - reserves[name] + left[name] for name in members}
        go(free, limit - len(chosen), "open", False)
    return chosen


def match(market):
    """Run deferred acceptance and return (posting, seat) for each person, in the market's order."""
    line_of = {name: line for line in market.lines for name in line[2]}
    next_wish = [0] * len(market.names)
    held = {id(line): {} for line in market.lines}
    waiting = list(range(len(market.names)))
    while waiting:
        asked = {}
        for i in waiting:
            if next_wish[i] < len(market.wishes[i]):
                name, points = market.wishes[i][next_wish[i]]
                next_wish[i] += 1
                line = line_of[name]
                asked.setdefault(id(line), (line, []))[1].append((market.key(i, points), name, i))
        waiting = []
        for mark, (line, claims) in asked.items():
            everyone = list(held[mark]) + claims
            held[mark] = choose(market, line, everyone)
            waiting += [claim[2] for claim in everyone if claim not in held[mark]]
    result = [(None, None)] * len(market.names)
    for chosen in held.values():
        for (_key, name, i), seat in chosen.items():
            result[i] = (name, seat)
    return result


FREE = -1


def bars_of(market, held):
    """Return the right bars (others, protected) of each posting and cap, as keys."""
    shut = SHUT_POINTS * len(market.names)
    right = {}
    for cap, limit, members in market.lines:
        first = market.postings[members[0]][2]
        total = sum(market.postings[name][1] for name in members)
        above = open_bar(
            first, limit, total, [row for name in members for row in held.at[name]], shut
        )
        pairs = [pair_of(market.postings[name], held.at[name], above, shut) for name in members]
        right.update({("posting", name): pair for name, pair in zip(members, pairs)})
        if cap is not None:
            right["cap", cap] = tuple(min(pair[side] for pair in pairs) for side in (0, 1))
    return right


def open_bar(first, limit, reserve, rows, shut):
    """Return the weakest open holder's key, if the open places are all taken."""
    opened = [key for key, _, seat in rows if seat == "open"]
    kept = reserve if first else sum(seat == "reserved" for _, _, seat in rows)
    return FREE if len(opened) < limit - kept else min(opened, default=shut)


def pair_of(posting, rows, above, shut):
    """Return both bars of one posting, by the words of the published rule."""
    quota, reserve, first, _state = posting
    reserved = [key for key, _, seat in rows if seat == "reserved"]
    reverted = [key for key, _, seat in rows if seat == "reverted"]
    rest = max(open_bar(first, quota, reserve, rows, shut), above)
    if len(reserved) >= reserve:
        return rest, min([*reserved, rest]) if not first else min(reserved, default=rest)
    if not first:
        return rest, FREE
    return (min(reverted) if len(reserved) + len(reverted) >= reserve else FREE), FREE


def published_key(market, bar):
    """Return a published bar as a key; None if it makes no sense."""
    if bar is None:
        return FREE
    points, who = bar.get("points"), bar.get("candidate")
    if points == SHUT_POINTS and who is None:
        return SHUT_POINTS * len(market.names)
    if who not in market.index or type(points) is not int:
        return None
    return market.key(market.index[who], points)


def wrong_cutoffs(market, plan, held):
    """List cut-offs that are missing, unknown or wrong."""
    right = bars_of(market, held)
    wrong = ["{} {}".format(*where) for where in plan.cutoffs if where not in right]
    for where, pair in right.items():
        bars = plan.cutoffs.get(where, ())
        if tuple(published_key(market, bar) for bar in bars) != pair:
            wrong.append("{} {}".format(*where))
    return wrong


def broken_promises(market, plan):
    """List people who did not get the first wish whose published cut-offs they meet."""
    bars = {}
    for cap, _limit, members in market.lines:
        above = plan.cutoffs.get(("cap", cap), (None, None)) if cap else (None, None)
        for name in members:
            own = plan.cutoffs.get(("posting", name), (None, None))
            bars[name] = [
                [published_key(market, bar) for bar in (own[side], above[side])] for side in (0, 1)
            ]
    broken = []
    for i, name in enumerate(market.names):
        due = None
        for posting, points in market.wishes[i]:
            needed = bars[posting][market.protected[i]]
            if None not in needed and market.key(i, points) >= max(needed):
                due = posting
                break
        if plan.places.get(name, (None,))[0] != due:
            broken.append(name)
    return broken


# Statistics, certifiers, public results


def check_statistics(files, manifest, rules, market, report):
    """Check the self-test's bounds, the spread of the lottery, and how many have certified."""
    checks = need(files, "checks.json")
    times = take(checks, "certified", list, "checks.json")
    needed = rules.get("certifiers", 2) if rules else 2
    if manifest.get("status") in ("certified", "released"):
        report.say(len(times) >= needed, "{} people have certified the round".format(len(times)))
    results = checks.get("self_test")
    if results is None:
        report.note("the statistical self-test has not been made yet")
        return
    if not isinstance(results, list):
        raise Refused("checks.json: the self-test is not a list")
    names = [take(row, "name", str, "checks.json") for row in results]
    wrong = ["{} was not made".format(TESTS[name]) for name in TESTS if names.count(name) != 1]
    for row in results:
        name = row["name"]
        if market is not None and row.get("people") != len(market.names):
            wrong.append("{}: not everybody was counted".format(TESTS.get(name, name)))
        told = market is not None or row.get("z") is not None
        # Without the market nobody is told how many took part, nor what follows from it.
        z, bound = decimal(row, "z") if told else 0.0, decimal(row, "bound")
        if rules and bound > decimal(rules, "self_test_bound"):
            wrong.append("{}: the bound is not the published one".format(name))
        if abs(z) > bound or row.get("passed") is not True:
            wrong.append("{}: {} standard deviations".format(TESTS.get(name, name), z))
        here = market is not None and name == "lottery_uniform"
        if here and abs(uniform(market) - z) > 0.01:
            wrong.append("{}: computed here it is another".format(TESTS[name]))
    report.say(not wrong, "the statistical self-test is within its bounds", wrong)


def decimal(row, name):
    """Return a decimal number that stands as text."""
    text = take(row, name, str, "checks.json")
    if not re.fullmatch(r"-?[0-9]{1,6}(\.[0-9]{1,4})?", text):
        raise Refused("checks.json: {!r} is not a decimal number".format(name))
    return float(text)


def uniform(market):
    """Return how far the lottery numbers are from an even spread over sixteen parts."""
    people, counts = len(market.names), [0] * 16
    if people < 80:
        return 0.0
    seed = from_hex(market.seed, "seed")
    for name in market.names:
        counts[hashlib.sha256(seed + name.encode("utf-8")).digest()[0] >> 4] += 1
    high = sum((count - people / 16) ** 2 for count in counts) / (people / 16)
    part = 2 / (9 * 15)
    return ((high / 15) ** (1 / 3) - (1 - part)) / part**0.5


def check_result(files, rules, report):
    """Check the public numbers of each posting against each other and against the rules."""
    rows = take(need(files, "result.json"), "postings", list, "result.json")
    if not rows:
        report.note("results are not released yet")
        return
    promised = {}
    for row in take(rules, "postings", list, "rules.json") if rules else []:
        promised[row.get("id")] = (row.get("quota"), row.get("reserve"), row.get("order"))
    wrong = []
    for row in rows:
        name = take(row, "id", str, "result.json")
        # Counts of people are rounded or withheld; only a posting with a cut-off is surely full.
        filled, quota = row.get("filled"), take(row, "quota", int, name)
        full = row.get("full", filled == quota)
        same = not promised or promised.get(name) == (quota, row.get("reserve"), row.get("order"))
        if not same or (filled is not None and not 0 <= filled <= quota + ROUNDED_BY):
            wrong.append(name)
        if full and filled != quota:
            wrong.append("{}: is called full and is not".format(name))
        if not full and row.get("others_points") is not None:
            wrong.append("{}: has a free place and still a cut-off".format(name))
    report.say(not wrong, "the public results agree with the rules and themselves", wrong)


# A person's own proof


def check_proof(path, options, report):
    """Check that a person's list is in the sealed input, and what the cut-offs say about it."""
    proof = parse(read_file(path, SMALL_MAX), path)
    if take(proof, "format", str, path) == "mvch-receipt/1":
        check_receipt(proof, path, options, report)
        return
    if take(proof, "format", str, path) != "mvch-proof/1":
        raise Refused("{}: is of a format that this program does not know".format(path))
    entry = take(proof, "entry", dict, path)
    wishes = take(entry, "wishes", list, path)
    print(
        "Round {}, {} wishes under the name {}\n".format(
            take(proof, "round", int, path), len(wishes), take(entry, "id", str, path)
        )
    )
    report.say(
        root_from_path(proof, path) == take(proof, "merkle_root", str, path),
        "your list, exactly as it stands in this file, is in the sealed input",
    )
    for count, wish in enumerate(wishes, 1):
        print(
            "        {}. {}, {} points".format(
                count, take(wish, "posting", str, path), take(wish, "points", int, path)
            )
        )
    manifest, files = None, {}
    if options.bundle:
        print()
        manifest, files = check_bundle(options.bundle, report)
        print()
        names = ("round", "merkle_root", "input_digest", "rules_digest")
        wrong = [name for name in names if proof.get(name) != manifest.get(name)]
        report.say(not wrong, "your proof belongs to this round as it was published", wrong)
        if "result.json" in files:
            say_path(entry, need(files, "result.json"), report)
    else:
        report.note(
            "compare this root with the one on the round's public page: {}".format(
                proof["merkle_root"]
            )
        )
    if options.explanation:
        print()
        letter = check_letter(options.explanation, options.keys, report)
        compare_letter(proof, letter, report)


def root_from_path(proof, place):
    """Return the root that a leaf and its neighbours give (RFC 9162, 2.1.3.2); "" if none."""
    salt = from_hex(take(proof, "leaf_salt", str, place), "leaf_salt")
    return climb(leaf(salt, proof["entry"]), proof, place)


def climb(here, proof, place):
    """Return the root over a leaf and the neighbours that a file names; "" if there are too few."""
    size = number(proof, "size", 1, 2**40, place)
    at, last = number(proof, "index", 0, size - 1, place), size - 1
    for text in take(proof, "path", list, place):
        neighbour = from_hex(text, "path")
        if last == 0:
            return ""
        if at % 2 or at == last:
            here = node(neighbour, here)
            while at % 2 == 0 and at:
                at, last = at >> 1, last >> 1
        else:
            here = node(here, neighbour)
        at, last = at >> 1, last >> 1
    return here.hex() if last == 0 else ""


def check_receipt(receipt, path, options, report):
    """Check that an act, word by word, is under the root that a checkpoint signed."""
    token = take(receipt, "checkpoint", str, path)
    checkpoint = check_token(token, path, options.keys, report, "the checkpoint")
    text = take(receipt, "entry", str, path)
    entry = hashlib.sha256((take(receipt, "source", str, path) + text).encode()).digest()
    root = climb(hashlib.sha256(b"\x00" + entry).digest(), receipt, path)
    report.say(
        root != "" and root == take(checkpoint, "root", str, path),
        "your act, exactly as it stands in this file, is under checkpoint {} of {}".format(
            take(checkpoint, "number", int, path), take(checkpoint, "at", str, path)
        ),
    )
    report.note("what it says: {}".format(text))
    report.note(
        "compare the checkpoint with the public page or another copy; its digest: {}".format(
            sha(token.encode())
        )
    )


def say_path(entry, result, report):
    """Say for each wish whether the published cut-off is met, until the first that is."""
    rows = {row.get("id"): row for row in take(result, "postings", list, "result.json")}
    guest = take(entry, "protected", bool, "entry")
    for wish in entry["wishes"] if rows else []:
        row = rows.get(wish["posting"])
        if row is None:
            report.say(False, "{} is missing in the published results".format(wish["posting"]))
            continue
        if guest and row.get("suppressed"):
            report.note(
                "{}: the cut-off of your group is withheld; see your letter".format(row["id"])
            )
            continue
        bar = row.get("protected_points" if guest else "others_points")
        if bar is None or wish["points"] > bar:
            report.note(
                "{}: you meet the cut-off as it stands now; this is your place,"
                " unless you accepted another".format(row["id"])
            )
            return
        if wish["points"] == bar:
            report.note(
                "{}: you have exactly the cut-off; your lottery number decides,"
                " see your letter".format(row["id"])
            )
            continue
        report.note(
            "{}: your {} points are below the cut-off{}".format(
                row["id"], wish["points"], "" if bar == SHUT_POINTS else " of {}".format(bar)
            )
        )


def compare_letter(proof, letter, report):
    """Compare a person's letter with the own proof."""
    entry = proof["entry"]
    wrong = [name for name in ("round", "input_digest") if letter.get(name) != proof.get(name)]
    if letter.get("candidate") != entry["id"]:
        wrong.append("the letter is about somebody else")
    sealed = {wish["posting"]: wish["points"] for wish in entry["wishes"]}
    due, result = None, letter.get("result") or {}
    told = {}
    for wish in take(letter, "wishes", list, "letter"):
        told[take(wish, "posting", str, "letter")] = wish
    for posting, points in sealed.items():
        wish = told.get(posting, {})
        if wish.get("points") != points:
            wrong.append("{}: other points than were sealed".format(posting))
        met = wish.get("result") == "placed"
        if met and due is None:
            due = posting
        bar = wish.get("cutoff")
        if wish.get("result") == "cutoff_not_met" and (type(bar) is not int or points >= bar):
            wrong.append("{}: the letter names a cut-off that you meet".format(posting))
        if wish.get("result") == "lottery_not_met" and points != bar:
            wrong.append(
                "{}: the letter names the lottery, but the points are not equal".format(posting)
            )
    if result.get("posting") != due:
        wrong.append("the place is not the first wish that the letter says you got")
    report.say(not wrong, "your letter says the same as your proof", wrong)


# Signed explanations: compact JWS (RFC 7515) with Ed25519 (RFC 8032, RFC 8037)

PRIME = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
CURVE_D = -121665 * pow(121666, PRIME - 2, PRIME) % PRIME
ROOT_OF_MINUS_ONE = pow(2, (PRIME - 1) // 4, PRIME)


def point_add(p, q):
    """Add two points in extended coordinates."""
    a = (p[1] - p[0]) * (q[1] - q[0]) % PRIME
    b = (p[1] + p[0]) * (q[1] + q[0]) % PRIME
    c = 2 * p[3] * q[3] * CURVE_D % PRIME
    d = 2 * p[2] * q[2] % PRIME
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % PRIME, g * h % PRIME, f * g % PRIME, e * h % PRIME)


def point_times(scalar, p):
    """Multiply a point."""
    total = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = point_add(total, p)
        p = point_add(p, p)
        scalar >>= 1
    return total


def point_from(data):
    """Return the point of 32 bytes, or None if they are no point in its one encoding."""
    if len(data) != 32:
        return None
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= PRIME:
        return None
    square = (y * y - 1) * pow(CURVE_D * y * y + 1, PRIME - 2, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    if (x * x - square) % PRIME:
        x = x * ROOT_OF_MINUS_ONE % PRIME
    if (x * x - square) % PRIME or (x == 0 and sign):
        return None
    x = PRIME - x if x & 1 != sign else x
    return (x, y, 1, x * y % PRIME)


def same_point(p, q):
    """Tell whether two points are the same."""
    return (p[0] * q[2] - q[0] * p[2]) % PRIME == 0 and (p[1] * q[2] - q[1] * p[2]) % PRIME == 0


BASE = point_from((4 * pow(5, PRIME - 2, PRIME) % PRIME).to_bytes(32, "little"))


def signed_by(key, message, signature):
    """Tell whether 64 bytes are a key's signature of a message (RFC 8032, 5.1.7)."""
    public, start = point_from(key), point_from(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if public is None or start is None or len(signature) != 64 or scalar >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + key + message).digest()
    factor = int.from_bytes(digest, "little") % ORDER
    return same_point(point_times(scalar, BASE), point_add(start, point_times(factor, public)))


def from_base64(text, place):
    """Return the bytes of unpadded base64url in its one spelling."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise Refused("{}: is not base64url".format(place)) from None
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != text:
        raise Refused("{}: is not base64url in its one spelling".format(place))
    return data


def check_letter(path, keys_path, report):
    """Check the signature of a letter and return what it says."""
    text = "".join(read_file(path, SMALL_MAX).decode("utf-8", "replace").split())
    return check_token(text, path, keys_path, report, "the letter")


def check_token(text, path, keys_path, report, what):
    """Check the signature of a signed text and return what it says."""
    if not keys_path:
        raise Refused("give the public keys too: --keys keys.json (from the public page)")
    parts = text.split(".")
    if len(parts) != 3 or not all(re.fullmatch("[A-Za-z0-9_-]+", part) for part in parts):
        raise Refused("{}: is no signed text (three parts with dots between them)".format(path))
    header = parse(from_base64(parts[0], path + ", header"), path + ", header")
    if take(header, "alg", str, path) not in ("EdDSA", "Ed25519") or "crit" in header:
        raise Refused("{}: is signed in a way that is not allowed here".format(path))
    rows = take(parse(read_file(keys_path, SMALL_MAX), keys_path), "keys", list, keys_path)
    wanted = take(header, "kid", str, path)
    keys = [row for row in rows if isinstance(row, dict) and row.get("kid") == wanted]
    if not keys:
        report.say(False, "{} is signed with a key that is not listed: {}".format(what, wanted))
        raise SystemExit(report.end())
    if keys[0].get("crv") != "Ed25519":
        raise Refused("{}: the key {} is not an Ed25519 key".format(keys_path, wanted))
    public = from_base64(take(keys[0], "x", str, keys_path), keys_path)
    signature = from_base64(parts[2], path + ", signature")
    good = signed_by(public, (parts[0] + "." + parts[1]).encode(), signature)
    report.say(good, "{} is signed with the key {} and was not changed".format(what, wanted))
    if not good:
        raise SystemExit(report.end())
    return parse(from_base64(parts[1], path + ", text"), path + ", text")


def show_letter(path, options, report):
    """Check a letter and print it."""
    letter = check_letter(path, options.keys, report)
    print("\n{}".format(letter.get("text") or json.dumps(letter, ensure_ascii=False, indent=1)))


def make_secret():
    """Print a new secret and its commitment."""
    secret = secrets.token_bytes(32)
    print("secret      {}   (keep it to yourself until the input is sealed)".format(secret.hex()))
    print("commitment  {}   (send this one now)".format(sha(secret)))
    return 0


def main(words):
    """Run one check and return the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, usage="see below"
    )
    parser.add_argument(
        "file", help="bundle.zip, proof.json, receipt.json, letter.jws, or the word secret"
    )
    parser.add_argument("--bundle", help="the public bundle of the round")
    parser.add_argument("--explanation", help="your signed explanation")
    parser.add_argument("--keys", help="the public keys, as downloaded")
    options = parser.parse_args(words)
    if options.file == "secret":
        return make_secret()
    report = Report()
    try:
        if options.file.endswith(".zip"):
            check_bundle(options.file, report)
        elif options.file.endswith(".json"):
            check_proof(options.file, options, report)
        else:
            show_letter(options.file, options, report)
    except Refused as refusal:
        print("REFUSED {}".format(refusal))
        return 2
    except MemoryError:
        print("REFUSED {}: is too large for this computer".format(options.file))
        return 2
    except (TypeError, LookupError, AttributeError, ValueError, ArithmeticError) as error:
        print("REFUSED {}: is not in the right form ({!r})".format(options.file, error))
        return 2
    return report.end()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
