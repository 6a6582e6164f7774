"""Forms of an import in which a person says what the file does not: which column is which, and what words mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from dongche.kit.chinese import key
from dongche.registry.imports.kinds import KINDS
from dongche.registry.imports.matching import ANOTHER
from dongche.registry.imports.store import Folder
from dongche.registry.models import Category, ImportBatch
from dongche.registry.preview import masked_sample
from dongche.registry.queries import Imports
from dongche.registry.sheets.columns import assign
from dongche.registry.sheets.header import letters

NO_COLUMN: Final = ""
MOST_COLUMNS: Final = 120
TWICE = _("“%(field)s” is chosen for two columns: %(one)s and %(other)s. Choose it for one of them.")


class Column(NamedTuple):
    """A column of the file: its letter, header, first values, and the box that says what it holds."""

    letter: str
    header: str
    samples: str
    field: forms.BoundField


class ColumnsForm(forms.Form):
    """One select box per column of the file: what it holds."""

    category = forms.ChoiceField(
        label=_("Kind of every place in this file, if no column says it"), required=False
    )
    save_as = forms.CharField(
        label=_("Remember this for files with the same header, under the name"), max_length=60, required=False
    )

    def __init__(self, batch: ImportBatch, data: QueryDict | None = None) -> None:
        super().__init__(data)
        kind, mapping = KINDS[batch.kind], batch.mapping
        self.headers: list[str] = list(mapping.get("headers", []))[:MOST_COLUMNS]
        self.names = {name: str(label) for name, label in kind.columns.items()}
        self.constants: dict[str, str] = dict(mapping.get("constants", {}))
        self.samples: Sequence[Sequence[str]] = Folder.of(batch.file_path).seen().get("columns", [])
        self.batch = batch
        at = mapping.get("at")
        if at is None:
            at = assign([[header] if header else [] for header in self.headers], kind.vocabulary)[0]
        held = {column: name for name, column in at.items()}
        choices = [(NO_COLUMN, _("— no column —")), *self.names.items()]
        for column, header in enumerate(self.headers):
            if not header and not self._sample(column):
                continue
            self.fields[f"column-{column}"] = forms.ChoiceField(
                label=_("What column %(letter)s holds") % {"letter": letters(column)},
                choices=choices,
                required=False,
                initial=held.get(column, NO_COLUMN),
            )
        if "category" in self.names:
            of_all = self.constants.get("category", "")
            words = [(str(label), label) for label in Category.labels]
            own = [(of_all, of_all)] if of_all and of_all not in dict(words) else []
            field = cast(forms.ChoiceField, self.fields["category"])
            field.choices = [(NO_COLUMN, "—"), *words, *own]
            field.initial = of_all
        else:
            del self.fields["category"]

    def _sample(self, column: int) -> Sequence[str]:
        return self.samples[column] if column < len(self.samples) else ()

    def columns(self) -> Iterator[Column]:
        """The columns in the order of the file."""
        for name, field in self.fields.items():
            if name.startswith("column-"):
                column = int(name.removeprefix("column-"))
                held = str(field.initial or "")
                texts = [masked_sample(held, text, self.batch) for text in self._sample(column)]
                yield Column(letters(column), self.headers[column], " / ".join(texts), self[name])

    def others(self) -> list[forms.BoundField]:
        """The fields below the columns."""
        return [self[name] for name in self.fields if not name.startswith("column-")]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        held: dict[str, int] = {}
        for name, chosen in list(given.items()):  # a fault takes its value out
            if not name.startswith("column-") or not chosen:
                continue
            column = int(name.removeprefix("column-"))
            if chosen in held:
                words = {
                    "field": self.names[chosen],
                    "one": letters(held[chosen]),
                    "other": letters(column),
                }
                self.add_error(name, gettext(str(TWICE)) % words)
            held.setdefault(chosen, column)
        self.held = held
        return given

    @property
    def mapping(self) -> dict[str, str | None]:
        """The map as it is understood everywhere: field → header, `#letter`, `=constant`, or None."""
        keys = [key(header) for header in self.headers]
        said: dict[str, str | None] = dict.fromkeys(self.names)
        said |= {name: f"={value}" for name, value in self.constants.items() if name != "category"}
        if self.cleaned_data.get("category"):
            said["category"] = f"={self.cleaned_data['category']}"
        for name, column in self.held.items():
            header = self.headers[column]
            is_alone = bool(keys[column]) and keys.count(keys[column]) == 1
            said[name] = header if is_alone and header[:1] not in "=#" else f"#{letters(column)}"
        return said


class SuggestionField(forms.BooleanField):
    """Whether rows that name no community lie where their addresses speak for.

    `answer` is the code of the community, `reasons` say in words what speaks for it
    """

    def __init__(self, question: Mapping[str, Any]) -> None:
        ((self.answer, name),) = question["candidates"]
        label = ngettext(
            "%(rows)s row that names no community lies in %(community)s",
            "%(rows)s rows that name no community lie in %(community)s",
            question["rows"],
        )
        super().__init__(label=label % {"rows": question["rows"], "community": name}, required=False)
        self.reasons = [
            gettext("%(reason)s (rows: %(rows)s)") % {"reason": gettext(message) % details, "rows": rows}
            for message, details, rows in question["why"]
        ]


class QuestionsForm(forms.Form):
    """One select box per question: which of several a file means."""

    def __init__(self, batch: ImportBatch, data: QueryDict | None = None) -> None:
        super().__init__(data)
        names = KINDS[batch.kind].columns
        self.asked: list[Mapping[str, Any]] = Folder.of(batch.file_path).seen().get("asked", [])
        for number, question in enumerate(self.asked):
            words = {"column": str(names.get(question["field"], "")), "given": question["given"]}
            choices = [(value, label) for value, label in question["candidates"]]
            if question["field"] == "name":
                choices.append((ANOTHER, _("none of these: another place")))
            if question.get("why"):
                self.fields[f"q-{number}"] = SuggestionField(question)
                continue
            self.fields[f"q-{number}"] = forms.ChoiceField(
                label=_("%(column)s “%(given)s”") % words,
                help_text=_("Rows that ask this: %(rows)s") % {"rows": question["rows"]},
                choices=[("", _("— not said —")), *choices],
                required=False,
            )

    def plain(self) -> list[forms.BoundField]:
        """The questions which of several is meant."""
        return [self[name] for name, field in self.fields.items() if not isinstance(field, SuggestionField)]

    def suggested(self) -> list[forms.BoundField]:
        """The questions whether rows lie where their addresses speak for."""
        return [self[name] for name, field in self.fields.items() if isinstance(field, SuggestionField)]

    @property
    def answers(self) -> dict[str, dict[str, str]]:
        """Field → what the question is about → the answer; questions left open are absent."""
        said: dict[str, dict[str, str]] = {}
        for number, question in enumerate(self.asked):
            field, chosen = self.fields[f"q-{number}"], self.cleaned_data.get(f"q-{number}")
            if chosen and isinstance(field, SuggestionField):
                chosen = field.answer
            if chosen:
                said.setdefault(question["field"], {})[question["about"]] = chosen
        return said


class ImportFilter(forms.Form):
    """Which imports are listed."""

    q = forms.CharField(
        label=_("File"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": _("Name of the file")}),
    )
    of = forms.ChoiceField(label=_("Kind of import"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        cast(forms.ChoiceField, self.fields["of"]).choices = [("", _("All kinds")), *ImportBatch.Kind.choices]
        cast(forms.ChoiceField, self.fields["state"]).choices = [
            ("", _("All states")),
            *ImportBatch.State.choices,
        ]

    def narrow(self, rows: Imports) -> Imports:
        """The imports that fit what is asked; what cannot be asked for narrows nothing."""
        asked = self.cleaned_data if self.is_valid() else {}
        if asked.get("q"):
            rows = rows.filter(file_name__icontains=asked["q"])
        if asked.get("of"):
            rows = rows.filter(kind=asked["of"])
        return rows.filter(state=asked["state"]) if asked.get("state") else rows


class MapNameForm(forms.Form):
    """Another name for remembered columns."""

    name = forms.CharField(label=_("Name"), max_length=60)
