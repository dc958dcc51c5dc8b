#!/usr/bin/env bash
# cyclopts 5.5.2: a parameter of the type int takes a number with a fraction, and the command gets another one.
#
# Expected: a usage error for 1.5, as argparse, click and typer give it for an int.
# Seen: the fraction is rounded, halves to the even neighbour (1.5 becomes 2, and so does 2.5), without a word; a
# number of seventeen digits that ends in .0 goes through a float and becomes its neighbour. 1e3 is refused.
# So a flag that must be whole needs a converter of its own (services/cli/whole.py).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check cyclopts==5.5.2
cat > "$folder/command.py" <<'PYTHON'
from cyclopts import App, CycloptsError

app = App(result_action="return_value")


@app.default
def command(*, villages: int) -> int:
    return villages


for given in ("1.4", "1.5", "2.5", "9007199254740993", "9007199254740993.0", "1e3"):
    try:
        found = app(["--villages", given], exit_on_error=False, print_error=False)
    except CycloptsError as error:
        found = type(error).__name__
    print(given, "->", found)
PYTHON
"$folder/venv/bin/python" "$folder/command.py" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
1.4 -> 1
1.5 -> 2
2.5 -> 2
9007199254740993 -> 9007199254740993
9007199254740993.0 -> 9007199254740992
1e3 -> CoercionError
SEEN
