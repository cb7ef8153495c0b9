"""Seeds that once found something. What a seed plays depends on the simulation, so each says what it was about."""

from typing import Final

REGRESSIONS: Final[dict[int, str]] = {
    7: "a Google contact with a title alone became a person named 'Ms.' in Creatio",
    16: "a site without $batch could be read, and every write to it failed",
    18: "a full reading lags: a contact that had just joined the group was taken for one that left",
    27: "a group's member list lags behind our own release: the tag that a person took off came back",
    38: "a full reading lags behind our own write: what it did not show yet was deleted on the other side",
    44: "group and listing both lag: who was let go came back",
    163: "a former resource name hid a link, and a second Creatio contact was linked to its Google contact",
    356: "somebody left the group while a run went on, and the repeated write brought the contact back",
    719: "an edit beside a write without an answer was taken for agreed",
    792: "a contact merged of two carries two marks, and which one counted was chance",
}
