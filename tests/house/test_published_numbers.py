"""No door counts protected people: what it prints of them comes from a release."""

import ast
import re

from tests.house.sources import ROOT, python_files, short, tree_of

# Whole numbers for those who read the sealed input; `figures` are None for everybody else.
WHOLE = {"templates/operations/round.html", "templates/operations/certify.html"}
COUNTS = re.compile(
    r"(protected_placed|reserved_filled|reserve_filled|reserve_reverted|protected_candidates"
    r"|\.reverted\b|\.applicants\b|\.filled\b|(?<!figures)\.placed\b)"
)
PRINTS = re.compile(r"\{%\s*(\w+)([^%]*)%\}|\{\{([^}]*)\}\}")
AGGREGATES = {"Count", "Sum", "Avg", "aggregate", "annotate", "count"}


def test_templates_print_counts_of_people_by_the_one_tag() -> None:
    offenders = []
    for path in sorted((ROOT / "templates").rglob("*.html")):
        name = path.relative_to(ROOT).as_posix()
        for found in PRINTS.finditer(path.read_text(encoding="utf-8")):
            tag, words, variable = found.group(1) or "", found.group(2) or "", found.group(3) or ""
            printed = variable or (words if tag in {"number", "percent", "published"} else "")
            if COUNTS.search(printed) and tag != "published" and name not in WHOLE:
                offenders.append(f"{name}: {found.group(0)}")
    assert offenders == []


def test_whole_numbers_of_a_round_are_printed_from_figures_only() -> None:
    for name in WHOLE:
        text = (ROOT / name).read_text(encoding="utf-8")
        printed = [
            word for word in re.findall(r"\{%\s*number\s+([\w.]+)", text) if COUNTS.search(word)
        ]
        assert all(word.startswith("figures.") for word in printed), printed


def test_public_doors_call_nothing_that_counts() -> None:
    folders = ("clearinghouse/web/public", "clearinghouse/web/simulation", "clearinghouse/api")
    offenders = [
        f"{short(path)}:{node.lineno}"
        for path in python_files(*folders)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute | ast.Name)
        and (node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id) in AGGREGATES
        and "certifications" not in ast.unparse(node)
    ]
    assert offenders == []


def test_public_numbers_are_typed_as_published() -> None:
    """Every number of people in what public queries return is a `Shown`."""
    wanted = {
        "clearinghouse/matching/queries/results.py": {"PublicResult", "Summary"},
        "clearinghouse/matching/queries/reserve.py": {"StateReserve"},
        "clearinghouse/simulation/queries/outcomes.py": {"Alternative", "Counterfactuals"},
        "clearinghouse/offers/queries.py": {"Places"},
    }
    people = {
        "applicants", "placed", "protected_placed", "reserved_filled", "reserve_filled", "filled",
        "largest", "distance", "free", "taken",
    }  # fmt: skip
    seen = 0
    for name, classes in wanted.items():
        for node in ast.walk(tree_of(ROOT / name)):
            if isinstance(node, ast.ClassDef) and node.name in classes:
                for line in node.body:
                    if isinstance(line, ast.AnnAssign) and ast.unparse(line.target) in people:
                        assert ast.unparse(line.annotation) == "Shown", ast.unparse(line)
                        seen += 1
    assert seen >= 12
