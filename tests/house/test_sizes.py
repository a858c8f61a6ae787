"""The budgets of the architecture page: the tail decides beauty."""

from tests.house.sources import functions_of, python_files, short

FILE_LINES = 400
FUNCTION_LINES = 50
PARAMETERS = 8


def _files():
    return python_files("clearinghouse", "accounts", "tests")


def test_keeps_files_below_the_budget():
    long = {
        short(path): lines
        for path in _files()
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > FILE_LINES
    }
    assert long == {}


def test_keeps_functions_below_the_budget():
    long = {
        f"{short(path)}:{node.name}": node.end_lineno - node.lineno + 1
        for path in python_files("clearinghouse", "accounts")
        for node in functions_of(path)
        if node.end_lineno - node.lineno + 1 > FUNCTION_LINES
    }
    assert long == {}


def test_keeps_parameters_below_the_budget():
    many = {
        f"{short(path)}:{node.name}": count
        for path in python_files("clearinghouse", "accounts")
        for node in functions_of(path)
        if (count := len(node.args.args) + len(node.args.kwonlyargs)) > PARAMETERS
    }
    assert many == {}
