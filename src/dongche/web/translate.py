"""The message catalogues: msgids are English, zh-Hans is written by people, zh-Hant is made from it.

    python -m dongche.web.translate extract [--merge DIR]   bring zh_Hans up to date with the sources
    python -m dongche.web.translate compile                 write the .mo files of zh-Hans and zh-Hant
    python -m dongche.web.translate check                   fail when a string is missing, orphaned or misspelt

English needs no catalogue: the msgids are the text. Extraction reads Python by its syntax tree and templates by
Django's own lexer, so that no gettext programs are needed.
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polib
from django.utils.translation.template import templatize

PACKAGE = Path(__file__).resolve().parent.parent
CATALOGUE = PACKAGE / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
TRADITIONAL = PACKAGE / "locale" / "zh_Hant" / "LC_MESSAGES" / "django.mo"

# Function name → where its arguments are: (context, msgid, plural).
MARKERS = {
    **dict.fromkeys(("_", "N_", "gettext", "gettext_lazy", "gettext_noop"), (None, 0, None)),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (None, 0, 1)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), (0, 1, None)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), (0, 1, 2)),
}
CALL = re.compile(rf"(?<!\w)(?:{'|'.join(MARKERS)})\(")
NAMED = re.compile(r"%\((\w+)\)[a-z]")
POSITIONAL = re.compile(r"(?<!%)(?:%%)*%[sdifr]")


@dataclass(frozen=True, order=True)
class Message:
    """One string to translate, as the sources ask for it."""

    msgid: str
    plural: str = ""
    context: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return (self.context, self.msgid)


class Untranslatable(Exception):
    """A marked string that no catalogue can hold."""


def in_python(source: str) -> Iterator[Message]:
    """The messages marked in Python source.

    >>> list(in_python('gettext("Sign in"); ngettext("%(n)d row", "%(n)d rows", n)'))
    [Message(msgid='Sign in', plural='', context=''), Message(msgid='%(n)d row', plural='%(n)d rows', context='')]
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            message = _of_call(node)
            if message:
                yield message
        elif isinstance(node, ast.ClassDef):
            yield from _of_problem(node)


def _of_problem(node: ast.ClassDef) -> Iterator[Message]:
    """The sentence of a Problem: a class with a `code` and a `message`. It needs no mark of its own."""
    values = {
        target.id: line.value.value
        for line in node.body
        if isinstance(line, ast.Assign | ast.AnnAssign) and isinstance(line.value, ast.Constant)
        for target in (line.targets if isinstance(line, ast.Assign) else [line.target])
        if isinstance(target, ast.Name)
    }
    if "code" in values and isinstance(values.get("message"), str):
        yield Message(str(values["message"]))


def _of_call(call: ast.Call) -> Message | None:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name not in MARKERS:
        return None
    places = MARKERS[name]
    if any(isinstance(argument, ast.JoinedStr) for argument in call.args):
        raise Untranslatable(
            f"line {call.lineno}: an f-string is formatted before it is looked up; use %(name)s"
        )
    texts = [
        argument.value if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else None
        for argument in call.args
    ]
    if places[1] >= len(texts) or texts[places[1]] is None:
        return None  # looks up a string that is marked elsewhere with N_
    context, msgid, plural = ("" if place is None else texts[place] or "" for place in places)
    return Message(msgid, plural, context)


def in_template(source: str) -> Iterator[Message]:
    """The messages in a Django template.

    >>> list(in_template('{% translate "Places" %} {% blocktranslate %}{{ n }} rows{% endblocktranslate %}'))
    [Message(msgid='Places', plural='', context=''), Message(msgid='%(n)s rows', plural='', context='')]
    """
    calls = templatize(source)
    for found in CALL.finditer(calls):
        yield from in_python(_balanced(calls[found.start() :]))


def _balanced(text: str) -> str:
    """The call that `text` begins with, up to its closing bracket."""
    depth = 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        depth += {"(": 1, ")": -1}.get(token.string, 0) if token.type == tokenize.OP else 0
        if depth == 0 and token.string == ")":
            return (
                "".join(text.splitlines(keepends=True)[: token.end[0] - 1])
                + (text.splitlines(keepends=True)[token.end[0] - 1][: token.end[1]])
            )
    raise Untranslatable(f"unclosed call: {text[:40]!r}")


def collect(package: Path = PACKAGE) -> dict[Message, set[str]]:
    """Every message in the package, with the files it is in."""
    found: dict[Message, set[str]] = {}
    files = [(path, in_python) for path in package.rglob("*.py")]
    files += [(path, in_template) for path in package.rglob("templates/**/*.*") if path.is_file()]
    for path, reader in files:
        if path == Path(__file__):
            continue
        name = path.relative_to(package).as_posix()
        try:
            for message in reader(path.read_text(encoding="utf-8")):
                found.setdefault(message, set()).add(name)
        except Untranslatable as error:
            raise Untranslatable(f"{name}: {error}") from None
    return found


def extract(
    catalogue: polib.POFile, found: dict[Message, set[str]], given: Iterable[polib.POEntry] = ()
) -> None:
    """Make the catalogue hold exactly the found messages; keep its translations, take new ones from `given`."""
    kept = {(entry.msgctxt or "", entry.msgid): entry for entry in catalogue}
    for entry in given:
        old = kept.get((entry.msgctxt or "", entry.msgid))
        if old is None or not old.translated():
            kept[entry.msgctxt or "", entry.msgid] = entry
    catalogue[:] = [
        _entry(message, found[message], kept.get(message.key) or kept.get(("", message.msgid)))
        for message in sorted(found)
    ]


def _entry(message: Message, files: set[str], old: polib.POEntry | None) -> polib.POEntry:
    text = (old.msgstr or old.msgstr_plural.get(0, "")) if old else ""
    return polib.POEntry(
        msgctxt=message.context or None,
        msgid=message.msgid,
        msgid_plural=message.plural,
        msgstr="" if message.plural else text,
        msgstr_plural={0: text} if message.plural else {},
        occurrences=[(name, "") for name in sorted(files)],
        flags=["python-format"] if NAMED.search(message.msgid + message.plural) else [],
    )


def tables(folder: Path) -> Iterator[polib.POEntry]:
    """Translations from tab-separated files: msgid, then the plural if there is one, then the Chinese."""
    for path in sorted(folder.glob("*.tsv")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            cells = [cell.replace("\\n", "\n") for cell in line.split("\t")]
            if not line.strip() or line.startswith("#"):
                continue
            if len(cells) not in (2, 3):
                raise Untranslatable(f"{path.name} line {number}: expected 2 or 3 cells, found {len(cells)}")
            yield polib.POEntry(msgid=cells[0], msgstr=cells[-1].strip())


def faults(catalogue: polib.POFile, found: dict[Message, set[str]]) -> list[str]:
    """Everything that is wrong with the catalogue, one sentence each; empty when it is complete."""
    entries = {(entry.msgctxt or "", entry.msgid): entry for entry in catalogue}
    wanted = {message.key: message for message in found}
    said = [f"not translated: {message.msgid!r} ({', '.join(sorted(found[message]))})"
            for key, message in sorted(wanted.items()) if key not in entries]  # fmt: skip
    for key, entry in entries.items():
        texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
        model = entry.msgid_plural or entry.msgid
        if key not in wanted:
            said.append(f"no longer used: {entry.msgid!r}")
        elif (entry.msgid_plural or "") != wanted[key].plural:
            said.append(f"another plural in the sources: {entry.msgid!r}")
        if not all(texts) or not texts:
            said.append(
                f"not translated: {entry.msgid!r} ({', '.join(name for name, _ in entry.occurrences)})"
            )
        elif entry.fuzzy:
            said.append(f"fuzzy: {entry.msgid!r}")
        elif any(set(NAMED.findall(text)) != set(NAMED.findall(model)) for text in texts):
            said.append(f"other placeholders than the English: {entry.msgid!r} → {texts[0]!r}")
        if POSITIONAL.search(NAMED.sub("", entry.msgid + model)):
            said.append(f"placeholder without a name: {entry.msgid!r}")
    return said


def compile_all(catalogue: Path = CATALOGUE, traditional: Path = TRADITIONAL) -> None:
    """Write both .mo files, unless they are younger than the catalogue."""
    simplified = catalogue.with_suffix(".mo")
    newest = catalogue.stat().st_mtime
    if all(path.exists() and path.stat().st_mtime >= newest for path in (simplified, traditional)):
        return
    import opencc  # takes a moment to load; most calls end above

    convert = opencc.OpenCC("s2t").convert
    messages = polib.pofile(str(catalogue))
    messages.save_as_mofile(str(simplified))
    for entry in messages:
        entry.msgstr = convert(entry.msgstr)
        entry.msgstr_plural = {number: convert(text) for number, text in entry.msgstr_plural.items()}
    messages.metadata["Language"] = "zh_Hant"
    traditional.parent.mkdir(parents=True, exist_ok=True)
    messages.save_as_mofile(str(traditional))


def _read() -> polib.POFile:
    if CATALOGUE.exists():
        return polib.pofile(str(CATALOGUE), wrapwidth=100)
    catalogue = polib.POFile(wrapwidth=100)
    catalogue.metadata = {
        "Project-Id-Version": "dongche",
        "Language": "zh_Hans",
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=1; plural=0;",
    }
    return catalogue


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m dongche.web.translate", description=__doc__.splitlines()[0]
    )
    parser.add_argument("step", choices=["extract", "compile", "check"])
    parser.add_argument("--merge", type=Path, metavar="DIR", help="take new translations from DIR/*.tsv")
    options = parser.parse_args(arguments)
    catalogue = _read()
    match options.step:
        case "extract":
            CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
            extract(catalogue, collect(), tables(options.merge) if options.merge else ())
            catalogue.save(str(CATALOGUE))
            return 0
        case "compile":
            compile_all()
            return 0
        case _:
            said = faults(catalogue, collect())
            sys.stdout.writelines(f"{line}\n" for line in said)
            return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
