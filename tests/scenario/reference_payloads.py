"""
Every action of the reference, asked as its clients ask: each field that they
know is there, null where they have nothing to say.

    reference_payloads.py URL TOKENFILE

Prints how many payloads were taken; what is wrong ends it.
"""
import json
import sys
import uuid

from kept_client import Client

FAR = "plugin:org.example/far/away"
MOCK = "plugin:runhost/mock/mock"

# --- what the reference takes ---

TAKES = {
    "run_create": "runner_id run_id input text event event_id event_type "
                  "source event_time bot_id workspace_id conversation_id "
                  "thread_id actor subject raw_ref data delivery binding "
                  "include_plugins enabled agent_id wait_for_completion",
    "run_get": "run_id target_run_id",
    "run_list": "run_id conversation_id statuses before_cursor limit",
    "run_events_page": "run_id target_run_id before_cursor after_cursor "
                       "limit direction",
    "run_cancel": "run_id target_run_id status_reason reason",
    "run_append_result": "run_id target_run_id sequence event_type type data "
                         "usage metadata source result runtime_id "
                         "claim_token",
    "run_finalize": "run_id target_run_id status status_reason reason usage "
                    "cost metadata runtime_id claim_token",
    "run_claim": "run_id runtime_id queue_name lease_seconds runner_ids",
    "run_renew_claim": "run_id target_run_id runtime_id claim_token "
                       "lease_seconds",
    "run_release_claim": "run_id target_run_id runtime_id claim_token status "
                         "status_reason reason",
    "runtime_register": "run_id runtime_id status display_name endpoint "
                        "version capabilities labels metadata "
                        "heartbeat_deadline_at heartbeat_ttl_seconds",
    "runtime_heartbeat": "run_id runtime_id status capabilities labels "
                         "metadata heartbeat_deadline_at "
                         "heartbeat_ttl_seconds",
    "runtime_list": "run_id statuses labels limit cursor",
    "runtime_reconcile": "run_id stale_after_seconds",
    "runtime_stats": "run_id",
    "runner_list": "run_id include_plugins use_cache",
    "run_stats": "run_id start_time end_time runner_id",
    "runner_stats": "run_id start_time end_time limit",
    "history_page": "run_id conversation_id before_cursor after_cursor limit "
                    "direction include_attachments",
    "history_search": "run_id query filters top_k",
    "event_get": "run_id event_id",
    "event_page": "run_id conversation_id event_types before_cursor limit",
    "steering_pull": "run_id mode limit",
    "state_get": "run_id scope key",
    "state_set": "run_id scope key value",
    "state_delete": "run_id scope key",
    "state_list": "run_id scope prefix limit",
}

# --- what it answers: a field and the types that it may have ---

NONE = type(None)


def fields(**types):
    return {name: kinds if isinstance(kinds, tuple) else (kinds,)
            for name, kinds in types.items()}


def maybe(names, kind):
    return {name: (kind, NONE) for name in names.split()}


RUN = {**fields(id=int, run_id=str, runner_id=str, status=str, priority=int,
                dispatch_attempts=int, created_at=int, updated_at=int,
                metadata=dict),
       **maybe("event_id agent_id binding_id conversation_id thread_id "
               "workspace_id bot_id status_reason queue_name "
               "requested_runtime_id claimed_by_runtime_id", str),
       **maybe("claim_lease_expires_at last_claimed_at started_at "
               "finished_at deadline_at cancel_requested_at", int),
       **maybe("usage cost", dict)}
EVENT = {**fields(id=int, run_id=str, sequence=int, type=str, data=dict,
                  created_at=int, source=str, metadata=dict),
         **maybe("usage", dict)}
RUNTIME = {**fields(id=int, runtime_id=str, status=str, capabilities=dict,
                    labels=dict, metadata=dict, last_heartbeat_at=int,
                    heartbeat_deadline_at=int, created_at=int,
                    updated_at=int),
           **maybe("display_name endpoint version", str)}
RUNNER = fields(id=str, source=str, label=dict, description=dict,
                plugin_author=str, plugin_name=str, runner_name=str,
                plugin_version=str, config_schema=list, capabilities=dict,
                permissions=dict, raw_manifest=dict)
SAID = {**fields(transcript_id=str, role=str, item_type=str, content=str,
                 seq=int, created_at=int, metadata=dict),
        **maybe("event_id bot_id workspace_id conversation_id thread_id "
                "run_id runner_id", str)}
CAME = {**fields(event_id=str, event_type=str, event_time=int, source=str,
                 created_at=int, metadata=dict, seq=int, cursor=str),
        **maybe("bot_id workspace_id conversation_id thread_id actor_type "
                "actor_id actor_name subject_type subject_id "
                "input_summary", str), "raw_ref": (str, dict, NONE)}
PAGE = {**fields(items=list, has_more=bool),
        **maybe("next_cursor prev_cursor", str)}
COUNTED = {**PAGE, **fields(total_count=int)}
NUMBER = (int, float, NONE)
RUN_STATS = {**fields(start_time=int, end_time=int, total_count=int,
                      throughput_per_hour=(int, float)),
             **{name + "_count": (int,) for name in
                "created queued claimed running completed failed cancelled "
                "timeout".split()},
             **{name: NUMBER for name in
                "success_rate failure_rate avg_duration_seconds "
                "p50_duration_seconds p95_duration_seconds "
                "p99_duration_seconds avg_queue_wait_seconds".split()}}
RUNNER_STATS = {**fields(runner_id=str, total_runs=int, active_runs=int,
                         completed_runs=int, failed_runs=int),
                **maybe("runner_label plugin_identity", str),
                "success_rate": NUMBER, "avg_duration_seconds": NUMBER}
RUNTIME_STATS = {**fields(total_count=int, online_count=int, stale_count=int,
                          active_runs=int, claimed_runs=int),
                 "avg_heartbeat_age_seconds": NUMBER,
                 "max_heartbeat_age_seconds": NUMBER}


def check(what, reply, shape):
    for name, kinds in shape.items():
        assert name in reply, (what, "lacks", name, reply)
        assert type(reply[name]) in kinds, (what, name, reply[name])
    return reply


class Reference:
    """Sends whole payloads; the token of a claim is shown by that alone."""

    def __init__(self, url, token):
        self.client = Client(url, token)
        self.count = 0
        self.secrets = []

    def send(self, action, **given):
        body = dict.fromkeys(TAKES[action].split() +
                             ["caller_plugin_identity"])
        status, answer = self.client.ask(action, **{**body, **given})
        text = json.dumps(answer)
        assert action == "run_claim" or "claim_token" not in text, text
        assert not any(token in text for token in self.secrets), text
        return status, answer

    def ask(self, action, shape=None, items=None, **given):
        status, answer = self.send(action, **given)
        assert status == 200, (action, given, status, answer)
        self.count += 1
        check(action, answer, shape or {})
        for item in answer["items"] if items else []:
            check(action, item, items)
        return answer

    def refused(self, action, name, **given):
        status, answer = self.send(action, **given)
        assert status == 422 and name in answer["error"], (action, answer)

    def claim(self, **given):
        run = self.ask("run_claim", {**RUN, **fields(claim_token=str)},
                       runtime_id="far", **given)
        self.secrets.append(run["claim_token"])
        return {"target_run_id": run["run_id"], "runtime_id": "far",
                "claim_token": run["claim_token"]}


def creates(ref):
    """A run for an event, to its end; all else is asked about it."""
    run_id = str(uuid.uuid4())
    event = {"event_id": "e1", "event_type": "message.received",
             "source": "platform", "event_time": 1750000000.5,
             "bot_id": "b", "workspace_id": "w", "conversation_id": "c",
             "thread_id": None, "actor": {"actor_type": "user",
                                          "actor_id": "u1"},
             "subject": None, "raw_ref": None, "data": {"k": 1}}
    binding = {"binding_id": "bind", "runner_id": None, "agent_id": None,
               "enabled": None, "scope": None, "event_types": None,
               "runner_config": {}, "resource_policy": {},
               "state_policy": None, "delivery_policy": None}
    run = ref.ask("run_create", RUN, runner_id=MOCK, run_id=run_id,
                  text="hello there", event=event, binding=binding,
                  metadata={"delay_ms": 0}, wait_for_completion=True)
    assert run["run_id"] == "run_" + run_id.replace("-", "")
    assert run["status"] == "completed" and run["event_id"] == "e1"
    status, answer = ref.send("run_create", runner_id=MOCK, run_id=run_id)
    assert status == 409 and "taken" in answer["error"], answer
    ref.refused("run_create", "run_id", runner_id=MOCK, run_id="mine")
    ref.refused("run_create", "action_id", runner_id=None, command="/mock",
                action_id="x")
    return run["run_id"]


def reads(ref, run):
    ref.ask("run_get", RUN, run_id=run)
    ref.ask("run_get", RUN, target_run_id=run)
    ref.ask("run_list", COUNTED, RUN)
    page = ref.ask("run_events_page", PAGE, EVENT, run_id=run, limit=1)
    assert page["has_more"] and page["next_cursor"] == "1"
    page = ref.ask("run_events_page", PAGE, EVENT, target_run_id=run,
                   direction="backward", before_cursor=3, after_cursor=0)
    assert [event["sequence"] for event in page["items"]] == [2, 1]
    ref.refused("run_events_page", "direction", run_id=run, direction="up")
    ref.ask("event_get", CAME, run_id=run, event_id="e1")
    ref.ask("event_page", PAGE, CAME, run_id=run, conversation_id="c")
    page = ref.ask("history_page", PAGE, SAID, run_id=run,
                   conversation_id="c", include_attachments=True)
    assert [item["role"] for item in page["items"]] == ["assistant", "user"]
    found = ref.ask("history_search", fields(items=list, total_count=int,
                                             query=str), SAID, run_id=run,
                    query="he", filters={"conversation_id": "c",
                                         "roles": ["user"],
                                         "item_types": None}, top_k=1000)
    assert found["total_count"] == 1
    ref.ask("runner_list", fields(items=list), RUNNER)
    ref.ask("runner_list", fields(items=list), RUNNER, use_cache=False,
            include_plugins=["runhost/mock"])


def states(ref, run):
    where = {"run_id": run, "scope": "conversation"}
    ref.ask("state_set", fields(success=bool), **where,
            key="conversation_id", value="x")
    value = ref.ask("state_get", **where, key="external.conversation_id")
    assert value["value"] == "x"
    for limit in None, 0, -5, 500:
        page = ref.ask("state_list", fields(keys=list, has_more=bool),
                       **where, limit=limit)
        assert page["keys"] == ["external.conversation_id"]
    ref.refused("state_list", "limit", **where, limit="x")
    ref.ask("state_delete", fields(success=bool), **where,
            key="conversation_id")
    assert ref.ask("state_get", **where,
                   key="conversation_id")["value"] is None


def runtimes(ref):
    far = ref.ask("runtime_register", RUNTIME, runtime_id="far",
                  labels={"arch": "arm64"}, metadata={"a": 1},
                  capabilities={"gpu": True}, heartbeat_ttl_seconds=90.5)
    beat = ref.ask("runtime_heartbeat", RUNTIME, runtime_id="far",
                   metadata={"b": 2},
                   heartbeat_deadline_at=far["created_at"] + 600.25)
    # What a heartbeat doesn't name stays.
    assert beat["labels"] == {"arch": "arm64"}
    assert beat["capabilities"] == {"gpu": True}
    assert beat["metadata"] == {"a": 1, "b": 2}
    assert 590 < beat["heartbeat_deadline_at"] - far["created_at"] <= 601
    ref.ask("runtime_register", RUNTIME, runtime_id="near")
    page = ref.ask("runtime_list", COUNTED, RUNTIME, limit=0)
    assert len(page["items"]) == 1 and page["has_more"]
    page = ref.ask("runtime_list", COUNTED, RUNTIME, limit=9000,
                   cursor=page["next_cursor"])
    assert [item["runtime_id"] for item in page["items"]] == ["near"]
    ref.ask("runtime_list", COUNTED, RUNTIME, statuses=["online"],
            labels={"arch": "arm64"})
    ref.ask("runtime_stats", RUNTIME_STATS)


def works(ref):
    """Claims of a runtime elsewhere, from the queue to the end."""
    made = [ref.ask("run_create", runner_id=FAR, queue_name="q",
                    conversation_id="c2", text="work")["run_id"]
            for _ in range(2)]
    alone = {"run_id": made[1], "sequence": 1, "source": "runner"}
    event = ref.ask("run_append_result", EVENT, **alone, result={
        "run_id": made[1], "type": "tool.call.started", "timestamp": 1.5,
        "usage": None, "sequence": None,
        "data": {"tool_call_id": "t", "tool_name": "n", "parameters": {}}})
    assert event["type"] == "tool.call.started"
    ref.refused("run_append_result", "source", **{**alone, "source": "host"},
                event_type="action.requested", data={"action": "a"})
    held = ref.claim(queue_name="q", runner_ids=[FAR], lease_seconds=0)
    ref.ask("run_renew_claim", RUN, **held, lease_seconds=120.0)
    ref.ask("run_release_claim", RUN, **held, status="queued", reason="no")
    ref.refused("run_release_claim", "status", **held, status="completed")
    held = ref.claim()
    ref.ask("run_append_result", EVENT, **held, sequence="1",
            event_type="action.requested", data={"action": "a"},
            metadata={"m": 1}, usage={"total_tokens": 3})
    pulled = ref.ask("steering_pull", **held, limit=5000)
    assert pulled["items"] == []
    run = ref.ask("run_finalize", RUN, **held, status="completed",
                  reason="stop", usage={"total_tokens": 3}, cost={"c": 1},
                  metadata={"m": 1})
    assert run["status"] == "completed" and run["usage"] and run["cost"]
    rest = made[1] if run["run_id"] == made[0] else made[0]
    run = ref.ask("run_cancel", RUN, run_id=rest, reason="enough")
    assert run["status"] == "cancelled" and run["status_reason"] == "enough"
    ref.ask("run_cancel", RUN, target_run_id=rest)
    # Nothing to do is no failure here.
    assert ref.client.ask("run_claim", runtime_id="far",
                          queue_name=None) == (200, None)


def lists(ref, run):
    """Limits are clamped; a conversation narrows."""
    for limit, most in (0, 1), (-5, 1), (500, 100), (None, 50):
        page = ref.ask("run_list", COUNTED, RUN, limit=limit)
        assert len(page["items"]) == min(most, page["total_count"])
        assert page["has_more"] == (most < page["total_count"])
        ref.ask("run_events_page", PAGE, EVENT, run_id=run, limit=limit)
        ref.ask("runner_stats", items=RUNNER_STATS, limit=limit)
        ref.ask("event_page", PAGE, CAME, run_id=run, limit=limit)
    for action in "run_list", "run_events_page", "runtime_list", \
            "runner_stats":
        ref.refused(action, "limit", **{"limit": "many", **(
            {"run_id": run} if action == "run_events_page" else {})})
    page = ref.ask("run_list", COUNTED, RUN, conversation_id="c2")
    assert page["total_count"] == 2 and len(page["items"]) == 2
    first = ref.ask("run_list", COUNTED, RUN, conversation_id="c2", limit=1)
    rest = ref.ask("run_list", COUNTED, RUN, conversation_id="c2", limit=1,
                   before_cursor=first["next_cursor"])
    assert first["items"] + rest["items"] == page["items"]
    assert first["next_cursor"] == str(first["items"][0]["id"])
    assert first["has_more"] and not rest["has_more"]
    page = ref.ask("run_list", COUNTED, RUN, conversation_id="c2",
                   statuses=["cancelled"])
    assert [item["status"] for item in page["items"]] == ["cancelled"]
    assert page["total_count"] == 1
    assert ref.ask("run_list", COUNTED,
                   conversation_id="none")["items"] == []
    ref.refused("run_list", "before_cursor", before_cursor="x")


def counts(ref, run):
    ref.ask("run_stats", RUN_STATS, start_time=0, end_time=0)
    stats = ref.ask("run_stats", RUN_STATS, runner_id=MOCK)
    assert stats["completed_count"] == stats["total_count"] == 1
    ref.ask("runner_stats", COUNTED, RUNNER_STATS, start_time=1.5)
    shape = fields(stale_runtimes=list, released_claims=list,
                   stale_count=int, released_claim_count=int)
    assert ref.ask("runtime_reconcile", shape)["stale_count"] == 0
    swept = ref.ask("runtime_reconcile", shape, stale_after_seconds=-1.5,
                    run_id=run)
    assert swept["stale_count"] == len(swept["stale_runtimes"]) == 2
    for runtime in swept["stale_runtimes"]:
        check("runtime_reconcile", runtime, RUNTIME)


def main(url, token_file):
    with open(token_file, encoding="utf-8") as file:
        ref = Reference(url, file.read().strip())
    run = creates(ref)
    reads(ref, run)
    states(ref, run)
    runtimes(ref)
    works(ref)
    lists(ref, run)
    counts(ref, run)
    print("%d payloads of %d actions" % (ref.count, len(TAKES)))


if __name__ == "__main__":
    main(*sys.argv[1:])
