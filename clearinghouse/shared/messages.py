"""Message catalogues without gettext installed: `python -m clearinghouse.shared.messages VERB`.

`update` extracts every marked string into the catalogues, `compile` writes the binary files,
`check` fails on a missing, fuzzy or broken translation.
"""

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import django.conf
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
LOCALE = ROOT / "clearinghouse" / "locale"
LANGUAGES = ("ar", "fr", "es")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


def main(verb: str) -> int:
    """Run one verb and return the exit status."""
    if verb == "update":
        update()
    elif verb == "compile":
        compile_all()
    elif verb == "check":
        problems = list(find_problems())
        for problem in problems[:60]:
            print(problem)  # noqa: T201 - this is a command
        print(f"messages: {len(problems)} problems")  # noqa: T201
        return 1 if problems else 0
    else:
        print(__doc__)  # noqa: T201
        return 2
    return 0


def update() -> None:
    """Write what the sources say into each catalogue, keeping translations that still fit."""
    template = extract_template()
    for language in LANGUAGES:
        path = _path(language)
        catalogue = _read(language)
        # The day of a run says nothing; without it the same sources give the same bytes.
        template.creation_date = catalogue.creation_date
        catalogue.update(template, no_fuzzy_matching=True, update_header_comment=False)
        catalogue.obsolete.clear()
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(
                file, catalogue, width=100, omit_header=False, sort_output=True, no_location=True
            )


def compile_all() -> None:
    """Write the binary catalogues that Django reads, where they are older than their source."""
    for language in LANGUAGES:
        path = _path(language)
        binary = path.with_suffix(".mo")
        if not path.exists() or (
            binary.exists() and binary.stat().st_mtime >= path.stat().st_mtime
        ):
            continue
        with binary.open("wb") as file:
            write_mo(file, _read(language))


def find_problems() -> Iterator[str]:
    """Name each string that a person would read in the wrong language or broken."""
    template = extract_template()
    for language in LANGUAGES:
        catalogue = _read(language)
        for message in template:
            if message.id:
                yield from _problems_of(
                    language, message, catalogue.get(message.id, message.context)
                )


def extract_template() -> Catalog:
    """Collect every marked string of the Python files and templates."""
    if not django.conf.settings.configured:
        django.conf.settings.configure()
    catalogue = Catalog(project="Mobility Visa Clearing House", charset="utf-8")
    for path in _sources():
        for _line, ids, comments, context in _strings(path):
            catalogue.add(ids, auto_comments=comments, context=context)
    return catalogue


def _sources() -> Iterator[Path]:
    for folder in ("accounts", "clearinghouse"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path
    yield from sorted((ROOT / "templates").rglob("*.html"))
    yield from sorted((ROOT / "templates").rglob("*.txt"))


def _strings(path: Path) -> Iterator[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        # What is left of a template keeps its indentation, which Python would stumble over.
        lines = templatize(text, origin=str(path)).splitlines()
        text = "\n".join(line.lstrip() for line in lines)
    yield from extract(
        "python", io.BytesIO(text.encode()), keywords=KEYWORDS, comment_tags=("Translators:",)
    )


def _problems_of(language: str, source: Message, found: Message | None) -> Iterator[str]:
    label = f"{language}: {source.id if isinstance(source.id, str) else source.id[0]!r}"
    texts = _texts(found)
    if not texts or not all(texts):
        yield f"{label}: missing"
        return
    if found is not None and found.fuzzy:
        yield f"{label}: fuzzy"
    ids = source.id if isinstance(source.id, list | tuple) else [source.id]
    wanted = set(_PLACEHOLDER.findall(ids[-1]))
    for text in texts:
        extra = set(_PLACEHOLDER.findall(text)) - wanted
        lost = wanted - set(_PLACEHOLDER.findall(text))
        if extra or (lost and len(texts) == 1):
            yield f"{label}: placeholders differ {sorted(extra | lost)}"


def _texts(message: Message | None) -> list[str]:
    if message is None:
        return []
    return [message.string] if isinstance(message.string, str) else list(message.string)


def _path(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def _read(language: str) -> Catalog:
    path = _path(language)
    if not path.exists():
        return Catalog(locale=language, project="Mobility Visa Clearing House", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
