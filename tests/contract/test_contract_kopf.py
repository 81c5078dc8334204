"""kopf itself: it finds the kind, lists, watches, patches."""

from cluster_client import Collection
from contract_support import GROUP, AnyServer
from kopf_watcher import watching


def test_kopf_tells_of_what_was_there_what_comes_changes_and_goes(
    server: AnyServer, widgets: Collection, namespace: str
) -> None:
    widgets.create("before", spec={"size": 3}).ok()
    with watching(server, GROUP, "widgets", namespace) as kopf:
        assert kopf.next() == (None, "before")
        widgets.create("after", spec={"size": 3}).ok()
        assert kopf.next() == ("ADDED", "after")
        widgets.patch("after", {"status": {"message": "m"}}, "status").ok()
        assert kopf.next() == ("MODIFIED", "after")
        widgets.delete("before").ok()
        assert kopf.next() == ("DELETED", "before")
