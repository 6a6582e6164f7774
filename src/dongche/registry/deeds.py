"""What the deeds of this room, and what they are done to, are called in the audit log."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dongche.org.deeds import officers, units, units_by_code
from dongche.org.telling import Field, Named, Subject, Words
from dongche.registry.actions.coverage import GAP
from dongche.registry.labels import COLUMNS
from dongche.registry.models import (
    AssignmentProposal,
    Category,
    Document,
    DuplicatePair,
    DuplicateSearch,
    Exclusion,
    Focus,
    HealthNote,
    ImportBatch,
    Observation,
    PlaceBatch,
    PlaceDuty,
    Size,
    Step,
)
from dongche.registry.queries import (
    AssignmentProposals,
    ColumnMaps,
    Erasures,
    Imports,
    People,
    PlaceBatches,
    Places,
    SavedViews,
)
from dongche.registry.roster.labels import DATA_CLASSES, PERSON_FIELDS, TABLES


def _places(ids: Collection[Any], actor: Any) -> Mapping[Any, Named]:
    found = Places.visible_to(actor).filter(pk__in=ids).values_list("pk", "name", "number")
    return {pk: Named(name, reverse("desk:place", args=[number])) for pk, name, number in found}


def _imports(ids: Collection[Any], actor: Any) -> Mapping[Any, Named]:
    found = Imports.visible_to(actor).filter(pk__in=ids).values_list("pk", "file_name")
    return {pk: Named(name) for pk, name in found}


def _people(ids: Collection[Any], actor: Any) -> Mapping[Any, Named]:
    """A person is told by number and place: the log holds no names."""
    found = People.visible_to(actor).filter(pk__in=ids).values_list("pk", "entity__number")
    title = gettext("Person %(number)s of %(place)s")
    return {pk: Named(title % {"number": pk, "place": place}) for pk, place in found}


def _column_maps(ids: Collection[Any], actor: Any) -> Mapping[Any, Named]:
    found = ColumnMaps.visible_to(actor).filter(pk__in=ids).values_list("pk", "name")
    return {pk: Named(name) for pk, name in found}


def _erasures(ids: Collection[Any], actor: Any) -> Mapping[Any, Named]:
    found = Erasures.visible_to(actor).filter(pk__in=ids).values_list("pk", "number")
    return {pk: Named(number, reverse("registry:erasure", args=[number])) for pk, number in found}


def _proposals(ids: Collection[Any], actor: Any) -> Mapping[Any, Named]:
    found = AssignmentProposals.visible_to(actor).filter(pk__in=ids).values_list("pk", "code")
    return {
        pk: Named(gettext("Proposal %(number)s") % {"number": pk}, reverse("registry:proposal", args=[code]))
        for pk, code in found
    }


def _batches(ids: Collection[Any], actor: Any) -> Mapping[Any, Named]:
    found = PlaceBatches.visible_to(actor).filter(pk__in=ids)
    return {
        one.pk: Named(str(one.get_kind_display()), reverse("desk:batch", args=[one.code])) for one in found
    }


def _views(ids: Collection[Any], actor: Any) -> Mapping[Any, Named]:
    found = SavedViews.visible_to(actor).filter(pk__in=ids).values_list("pk", "name")
    return {pk: Named(name) for pk, name in found}


WORDS = Words(
    deeds={
        "registry.observe": _("Put down what was found out about a place"),
        "registry.take_back_observation": _("What was found out taken back"),
        "registry.stage_import": _("Import: file taken in"),
        "registry.map_import": _("Import: columns assigned"),
        "registry.answer_import": _("Import: questions answered"),
        "registry.save_columns": _("Columns of files remembered"),
        "registry.rename_columns": _("Remembered columns renamed"),
        "registry.forget_columns": _("Remembered columns forgotten"),
        "registry.begin_reading": _("Import: reading begun"),
        "registry.plan_import": _("Import: ready to apply"),
        "registry.begin_applying": _("Import: applying begun"),
        "registry.apply_import": _("Import: applied"),
        "registry.begin_undo": _("Import: undoing begun"),
        "registry.undo_import": _("Import: undone"),
        "registry.drop_import": _("Import: dropped"),
        "registry.fail_import": _("Import: failed"),
        "registry.enter_place": _("Place entered"),
        "registry.change_place": _("Place changed"),
        "registry.exclude_place": _("Place excluded"),
        "registry.end_exclusion": _("Exclusion ended"),
        "registry.revoke_code": _("QR code withdrawn"),
        "registry.reclassify_places": _("Places classified anew"),
        "registry.regrid_places": _("Places moved to other grids"),
        "registry.assign_places": _("Places assigned"),
        "registry.end_place_duty": _("Assignment ended"),
        "registry.decide_backbone": _("Backbone list: decision recorded"),
        "registry.search_duplicates": _("Duplicates: search asked for"),
        "registry.lay_duplicates": _("Duplicates: searched"),
        "registry.fail_duplicates": _("Duplicates: could not be searched"),
        "registry.decide_pair": _("Duplicates: pair decided"),
        "registry.merge_places": _("Places merged"),
        "registry.part_places": _("Merge undone"),
        "registry.reveal": _("Contact shown in full"),
        "registry.enter_person": _("Person put on a roster"),
        "registry.change_person": _("Person changed"),
        "registry.note_health": _("Health noted"),
        "registry.reveal_person": _("Value of a person shown in full"),
        "registry.reveal_roster": _("Roster taken in full"),
        "registry.begin_batch": _("Batch on places begun"),
        "registry.carry_out_batch": _("Batch on places: a part done"),
        "registry.begin_undoing_batch": _("Batch on places: taking back begun"),
        "registry.undo_batch": _("Batch on places: a part taken back"),
        "registry.begin_export": _("File of a list asked for"),
        "registry.finish_export": _("File of a list written"),
        "registry.fail_batch": _("Batch on places stopped"),
        "registry.save_view": _("List of places saved"),
        "registry.delete_view": _("List of places deleted"),
        "registry.choose_columns": _("Columns of the list chosen"),
        "registry.erase_due": _("Personal data deleted"),
        "registry.prove_coverage": _("Coverage proved"),
        "registry.attach_document": _("Document added"),
        "registry.withdraw_document": _("Document withdrawn"),
        "registry.record_standing": _("Standing put down"),
        "registry.withdraw_standing": _("Standing taken back"),
        "registry.settle_standings": _("Standings settled"),
        "registry.propose_assignment": _("Assignment: proposal asked for"),
        "registry.lay_assignment": _("Assignment: worked out"),
        "registry.fail_assignment": _("Assignment: could not be worked out"),
        "registry.edit_assignment": _("Assignment: edited"),
        "registry.adopt_assignment": _("Assignment: adopted"),
        "registry.withdraw_assignment": _("Assignment: withdrawn"),
        "registry.take_back_assignment": _("Assignment: taken back"),
        "registry.propose_grids": _("Grids: proposal asked for"),
        "registry.lay_grids": _("Grids: worked out"),
        "registry.edit_grids": _("Grids: edited"),
        "registry.name_grid": _("Grids: new grid named"),
        "registry.adopt_grids": _("Grids: decided"),
        "registry.carry_out_grids": _("Grids: carried out"),
        "registry.take_back_grids": _("Grids: taken back"),
    },
    subjects={
        "entity": Subject(_("Place"), _places),
        "columns": Subject(_("Remembered columns"), _column_maps),
        "import": Subject(_("Import"), _imports),
        "person": Subject(_("Person"), _people),
        "erasure": Subject(_("Deletion certificate"), _erasures),
        "assignment": Subject(_("Proposal"), _proposals),
        "batch": Subject(_("Batch on places"), _batches),
        "view": Subject(_("Saved list"), _views),
    },
    fields={
        "finding": Field(_("Found out"), values=dict(Observation.Finding.choices)),
        "way": Field(_("How"), values=dict(Observation.Way.choices)),
        "place": Field(_("Place"), names=_places),
        "people": Field(_("People")),
        "health": Field(_("Health")),
        "data_class": Field(_("Class of data"), values=DATA_CLASSES),
        "rows": Field(_("Rows"), values=TABLES),
        "before_on": Field(_("Not later than")),
        "half": Field(_("Half of the day"), values=dict(HealthNote.Half.choices)),
        **{name: Field(label) for name, label in PERSON_FIELDS.items() if name not in ("name", "address")},
        "places": Field(_("Places"), names=_places),
        "backbone_in": Field(_("Come in"), names=_places),
        "backbone_out": Field(_("Go out"), names=_places),
        "reference": Field(_("Reference of the document")),
        "merged_place": Field(_("Merged place"), names=_places),
        "other_place": Field(_("Place"), names=_places),
        "merge": Field(_("Merge")),
        "pair": Field(_("Pair"), values=dict(DuplicatePair.State.choices)),
        "search": Field(_("Search")),
        "search_state": Field(_("State"), values=dict(DuplicateSearch.State.choices)),
        "pairs": Field(_("Pairs")),
        "pairs_new": Field(_("New pairs")),
        "pairs_gone": Field(_("Pairs no longer found")),
        "entity_id": Field(_("Place"), names=_places),
        "grid_id": Field(_("Grid"), names=units),
        "places_by_grid": Field(_("Places by grid"), names=units_by_code),
        "stage": Field(_("State"), values=dict(AssignmentProposal.State.choices)),
        "moves": Field(_("Moves")),
        "duties": Field(_("Duties")),
        "grid": Field(_("Grid")),
        "grids_new": Field(_("New grids")),
        "grids_ended": Field(_("Grids that end")),
        "terms": Field(_("Terms")),
        "units": Field(_("Units"), names=units),
        "absent": Field(_("Absent"), names=officers),
        "state": Field(_("State"), values=dict(ImportBatch.State.choices)),
        "columns": Field(_("Columns"), values=COLUMNS),
        "counts": Field(
            _("Rows"),
            values={
                "new": _("new"),
                "changed": _("changed"),
                "unchanged": _("unchanged"),
                "duplicate": _("repeated"),
                "refused": _("refused"),
            },
        ),
        "import_kind": Field(_("Kind of import"), values=dict(ImportBatch.Kind.choices)),
        "undo": Field(
            _("Taken back"), values={"gone": _("gone"), "restored": _("restored"), "left": _("left as is")}
        ),
        "answers": Field(_("Answers"), values=COLUMNS),
        "again": Field(_("Same file again")),
        "problem": Field(_("Problem")),
        "exclusion": Field(_("Exclusion")),
        "withdrawn": Field(_("Withdrawn")),
        "withdrawn_code": Field(_("Withdrawn code")),
        "changed": Field(_("Changed")),
        "sizes": Field(_("Sizes"), values={**dict(Size.choices), "": _("Unknown")}),
        "above_scale": Field(_("Four-above")),
        "batch_state": Field(_("State"), values=dict(PlaceBatch.State.choices)),
        "batch": Field(_("Batch"), values=dict(PlaceBatch.Kind.choices)),
        "refused": Field(_("Refused")),
        "undone": Field(_("Taken back")),
        "community_id": Field(_("Community"), names=units),
        "subdistrict_id": Field(_("Sub-district"), names=units),
        "shared": Field(_("Shared")),
        "shown": Field(_("Columns")),
        "is_default": Field(_("Opens first")),
        "size": Field(_("Size"), values=dict(Size.choices)),
        "category": Field(_("Category"), values=dict(Category.choices)),
        "focus": Field(_("Three focuses"), values=dict(Focus.choices)),
        "industry": Field(_("Industry")),
        "held_by": Field(_("So far")),
        "source": Field(_("Source")),
        "place_count": Field(_("Places")),
        "covered": Field(_("Covered")),
        "gaps": Field(_("Gaps")),
        "kind": Field(_("Kind"), values={**dict(Exclusion.Kind.choices), GAP: _("Gap in coverage")}),
        "document": Field(_("Document")),
        "document_kind": Field(_("Kind"), values=dict(Document.Kind.choices)),
        "bytes": Field(_("Bytes")),
        "step": Field(_("Standing"), values=dict(Step.choices)),
        "on": Field(_("Day")),
        "role": Field(_("Duty"), values=dict(PlaceDuty.Role.choices)),
    },
)
