/*
 * Every action of the host.  Help, documents and the authorization tests are
 * made from this table.
 */
#include "action/act.h"

#define OBJECT(properties)						\
	"{\"type\":\"object\",\"additionalProperties\":false,"		\
	"\"properties\":{\"caller_plugin_identity\":{\"type\":\"string\"}," \
	properties "}}"
#define NEEDS(required, properties)					\
	"{\"type\":\"object\",\"additionalProperties\":false,"		\
	"\"required\":[" required "],"					\
	"\"properties\":{\"caller_plugin_identity\":{\"type\":\"string\"}," \
	properties "}}"
#define NOTHING								\
	"{\"type\":\"object\",\"additionalProperties\":false,"		\
	"\"properties\":{\"caller_plugin_identity\":{\"type\":\"string\"}}}"

#define TEXT	"{\"type\":\"string\"}"
#define OPT_TEXT "{\"type\":[\"string\",\"null\"]}"
#define INT	"{\"type\":\"integer\"}"
#define BOOL	"{\"type\":\"boolean\"}"
#define OBJ	"{\"type\":\"object\"}"
#define CURSOR	"{\"type\":[\"string\",\"integer\",\"null\"]}"
#define COUNT(max) "{\"type\":\"integer\",\"minimum\":1,\"maximum\":" max "}"
#define WAIT(max) "{\"type\":\"integer\",\"minimum\":0,\"maximum\":" #max "}"
#define RUN_ID	"\"run_id\":" TEXT ",\"target_run_id\":" TEXT
#define SECONDS	COUNT("86400")

#define NULLED_OBJ NULLED("object")
#define NULLED(x) "{\"type\":[\"" x "\",\"null\"]}"
#define TEXTS	"{\"type\":[\"array\",\"null\"],\"items\":" TEXT "}"
#define PART(properties) "{\"type\":[\"object\",\"null\"],"		\
	"\"additionalProperties\":false,\"properties\":{" properties "}}"
/* What may be said of an event, in the object or beside it. */
#define EVENT_IN "\"event_type\":" OPT_TEXT ",\"source\":" OPT_TEXT	\
	",\"event_time\":" NULLED("number") ",\"actor\":" NULLED_OBJ	\
	",\"subject\":" NULLED_OBJ ",\"raw_ref\":{\"type\":[\"string\"," \
	"\"object\",\"null\"]},\"data\":" NULLED_OBJ
#define INPUT	"\"text\":" OPT_TEXT ",\"event\":" PART(EVENT_IN		\
	",\"event_id\":" OPT_TEXT ",\"source_event_type\":" OPT_TEXT	\
	",\"workspace_id\":" OPT_TEXT ",\"bot_id\":" OPT_TEXT		\
	",\"conversation_id\":" OPT_TEXT ",\"thread_id\":" OPT_TEXT)	\
	"," EVENT_IN ",\"delivery\":" NULLED_OBJ ",\"binding\":" PART(	\
	"\"binding_id\":" OPT_TEXT ",\"runner_id\":" OPT_TEXT		\
	",\"agent_id\":" OPT_TEXT ",\"enabled\":" NULLED("boolean")	\
	",\"scope\":" NULLED_OBJ ",\"event_types\":" TEXTS ",\"runner_config\":"	\
	NULLED_OBJ ",\"resource_policy\":" NULLED_OBJ ",\"state_policy\":" \
	NULLED_OBJ ",\"delivery_policy\":" NULLED_OBJ)			\
	",\"include_plugins\":" TEXTS ",\"enabled\":" BOOL

#define S_CREATE OBJECT("\"run_id\":" TEXT ",\"command\":" TEXT ",\"runner\":" TEXT		\
	",\"runner_id\":" TEXT ",\"action_id\":" OPT_TEXT		\
	",\"session_id\":" OPT_TEXT ",\"args\":{\"type\":\"array\","	\
	"\"items\":" TEXT "},\"flags\":" OBJ ",\"input\":{},\"metadata\":" OBJ \
	",\"timeout_seconds\":" SECONDS ",\"dry_run\":" BOOL		\
	",\"priority\":{\"type\":\"integer\",\"minimum\":-1000,"	\
	"\"maximum\":1000},\"max_attempts\":" COUNT("100")		\
	",\"deadline_at\":{\"type\":\"integer\",\"minimum\":0}"		\
	",\"workspace_id\":" OPT_TEXT ",\"bot_id\":" OPT_TEXT		\
	",\"conversation_id\":" OPT_TEXT ",\"thread_id\":" OPT_TEXT	\
	",\"event_id\":" OPT_TEXT ",\"agent_id\":" OPT_TEXT		\
	",\"binding_id\":" OPT_TEXT ",\"queue_name\":" OPT_TEXT	\
	",\"requested_runtime_id\":" OPT_TEXT ",\"labels\":" OBJ	\
	",\"available_apis\":{\"type\":[\"object\",\"null\"]}"		\
	"," INPUT ",\"wait_for_completion\":" BOOL ",\"wait_seconds\":" WAIT(3600))
#define S_RUN	OBJECT(RUN_ID)
#define S_CANCEL OBJECT(RUN_ID ",\"idempotency_key\":" TEXT ",\"reason\":" OPT_TEXT ",\"status_reason\":" OPT_TEXT)
#define S_LIST	OBJECT("\"run_id\":" OPT_TEXT ",\"extension_id\":" TEXT ",\"status\":" TEXT	\
	",\"conversation_id\":" TEXT					\
	",\"statuses\":{\"type\":\"array\",\"items\":" TEXT "}"		\
	",\"limit\":" INT ",\"before_cursor\":" CURSOR)
#define S_EVENTS OBJECT(RUN_ID ",\"after_cursor\":" CURSOR		\
	",\"before_cursor\":" CURSOR ",\"limit\":" INT		\
	",\"direction\":{\"enum\":[\"forward\",\"backward\"]}")
#define S_AUDIT	OBJECT("\"after_cursor\":" CURSOR ",\"before_cursor\":" CURSOR \
	",\"limit\":" COUNT("1000") ",\"run_id\":" TEXT ",\"principal\":" TEXT \
	",\"action\":" TEXT ",\"decision\":{\"enum\":[\"allow\",\"deny\","	\
	"\"error\",\"intent\",\"outcome\"]},"				\
	"\"direction\":{\"enum\":[\"forward\",\"backward\"]}")
#define S_EXPORT OBJECT("\"after_cursor\":" CURSOR ",\"limit\":" COUNT("1000"))
#define S_OP	NEEDS("\"op_id\"", "\"op_id\":" TEXT)
#define S_FILE	NEEDS("\"file\"", "\"file\":" TEXT ",\"dir\":" OPT_TEXT)
#define S_ENABLE NEEDS("\"id\"", "\"id\":" TEXT ",\"digest\":" OPT_TEXT)
#define S_ID	NEEDS("\"id\"", "\"id\":" TEXT)
#define S_TRIAL	NEEDS("\"id\"", "\"id\":" TEXT ",\"seconds\":" COUNT("86400"))
#define S_DRY	OBJECT("\"dry_run\":" BOOL)
#define S_RUNNER_AUDIT NEEDS("\"runner_id\",\"audited\"",		\
	"\"runner_id\":" TEXT ",\"audited\":" BOOL)
#define EXPIRES	"\"expires_in_seconds\":" COUNT("3162240000")
#define S_TOKEN	NEEDS("\"principal\"", "\"principal\":" TEXT ",\"label\":" OPT_TEXT \
	",\"role\":" TEXT "," EXPIRES)
#define S_KEY	NEEDS("\"public_key\"", "\"public_key\":" TEXT ",\"label\":" OPT_TEXT)
#define S_KEY_ID NEEDS("\"key_id\"", "\"key_id\":" TEXT)
#define S_TOKEN_ID NEEDS("\"token_id\"", "\"token_id\":" CURSOR)
#define S_GRANT	NEEDS("\"grantee\",\"permission\"", "\"grantee\":" TEXT	\
	",\"permission\":" TEXT ",\"owner\":" TEXT ",\"workspace\":" TEXT \
	",\"bot\":" TEXT ",\"conversation\":" TEXT ",\"thread\":" TEXT	\
	",\"runner\":" TEXT ",\"queues\":{\"type\":[\"array\",\"null\"],"	\
	"\"items\":" TEXT "},\"labels\":{\"type\":[\"object\",\"null\"]}," EXPIRES)
#define S_GRANTS OBJECT("\"grantee\":" TEXT)
#define S_GRANT_ID NEEDS("\"grant_id\"", "\"grant_id\":" CURSOR)
#define S_CAN	NEEDS("\"principal\",\"permission\"",			\
	"\"principal\":" TEXT ",\"permission\":" TEXT ",\"run_id\":" TEXT)

#define STATE_OF RUN_ID ",\"scope\":{\"enum\":[\"conversation\","	\
	"\"actor\",\"subject\",\"runner\"]},\"subject_type\":" OPT_TEXT	\
	",\"subject_id\":" OPT_TEXT
#define EXPECTED "\"expected_version\":{\"type\":\"integer\",\"minimum\":0}"
#define S_STATE	NEEDS("\"scope\",\"key\"", STATE_OF ",\"key\":" TEXT)
#define S_STATE_SET NEEDS("\"scope\",\"key\",\"value\"",			\
	STATE_OF ",\"key\":" TEXT ",\"value\":{}," EXPECTED)
#define S_STATE_DELETE NEEDS("\"scope\",\"key\"",			\
	STATE_OF ",\"key\":" TEXT "," EXPECTED)
#define S_STATE_LIST NEEDS("\"scope\"", STATE_OF ",\"prefix\":" TEXT	\
	",\"after_key\":" OPT_TEXT ",\"limit\":" INT)

/* Of which conversation, and which page of it. */
#define TALK	"\"run_id\":" OPT_TEXT ",\"target_run_id\":" OPT_TEXT		\
	",\"conversation_id\":" OPT_TEXT ",\"workspace_id\":" OPT_TEXT	\
	",\"bot_id\":" OPT_TEXT ",\"thread_id\":" OPT_TEXT
#define PAGE	"\"before_cursor\":" CURSOR ",\"after_cursor\":" CURSOR	\
	",\"direction\":{\"enum\":[\"backward\",\"forward\",null]}"		\
	",\"limit\":" NULLED("integer")
#define S_EVENT_PAGE OBJECT(TALK "," PAGE ",\"event_types\":" TEXTS)
#define S_HISTORY OBJECT(TALK "," PAGE ",\"include_attachments\":" BOOL)
#define S_SEARCH NEEDS("\"query\"", TALK ",\"query\":" TEXT ",\"filters\":"	\
	PART("\"conversation_id\":" OPT_TEXT ",\"roles\":" TEXTS		\
	",\"item_types\":" TEXTS) ",\"top_k\":" NULLED("integer"))
#define S_EVENT	NEEDS("\"event_id\"", "\"event_id\":" TEXT ",\"run_id\":"	\
	OPT_TEXT ",\"target_run_id\":" OPT_TEXT)

#define S_BACKUP NEEDS("\"file\"", "\"file\":" TEXT ",\"digest\":" TEXT	\
	",\"seq\":{\"type\":\"integer\",\"minimum\":0}"		\
	",\"bytes\":{\"type\":\"integer\",\"minimum\":0}")

#define S_SECRET NEEDS("\"name\",\"change\"", "\"name\":" TEXT		\
	",\"change\":{\"enum\":[\"set\",\"remove\"]}")

#define RUNTIME_ID "\"runtime_id\":" TEXT ",\"run_id\":" OPT_TEXT
#define OPT_NUM	NULLED("number")
#define BEAT	RUNTIME_ID ",\"status\":{\"enum\":[\"online\",\"draining\"]}"	\
	",\"capabilities\":" NULLED("object") ",\"labels\":" NULLED("object")	\
	",\"metadata\":" NULLED("object")				\
	",\"capacity\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":10000}" \
	",\"heartbeat_ttl_seconds\":" OPT_NUM				\
	",\"heartbeat_deadline_at\":" OPT_NUM
#define S_REGISTER NEEDS("\"runtime_id\"", BEAT ",\"display_name\":" OPT_TEXT \
	",\"endpoint\":" OPT_TEXT ",\"version\":" OPT_TEXT)
#define S_HEARTBEAT NEEDS("\"runtime_id\"", BEAT)
#define S_DRAIN	NEEDS("\"runtime_id\"", RUNTIME_ID ",\"draining\":" BOOL)
#define S_RUNTIMES OBJECT("\"run_id\":" OPT_TEXT ",\"statuses\":{\"type\":\"array\"," \
	"\"items\":{\"enum\":[\"online\",\"draining\",\"stale\"]}}"	\
	",\"labels\":" NULLED("object") ",\"limit\":" INT		\
	",\"cursor\":" CURSOR ",\"after_cursor\":" CURSOR)
#define WINDOW	"\"run_id\":" OPT_TEXT					\
	",\"start_time\":" NULLED("number") ",\"end_time\":" NULLED("number")
#define S_RUN_STATS OBJECT(WINDOW ",\"runner_id\":" OPT_TEXT)
#define S_RUNNER_STATS OBJECT(WINDOW ",\"limit\":" INT			\
	",\"after_cursor\":" CURSOR)
#define S_RUNTIME_STATS OBJECT("\"run_id\":" OPT_TEXT)
#define S_RUNNERS OBJECT("\"run_id\":" OPT_TEXT ",\"include_plugins\":"	\
	"{\"type\":[\"array\",\"null\"],\"items\":" TEXT "},\"use_cache\":" BOOL)
#define S_RECONCILE OBJECT("\"run_id\":" OPT_TEXT ",\"stale_after_seconds\":" \
	"{\"type\":[\"number\",\"null\"]},\"dry_run\":" BOOL)

#define S_CLAIM	NEEDS("\"runtime_id\"", RUNTIME_ID ",\"queue_name\":" OPT_TEXT \
	",\"lease_seconds\":" OPT_NUM ",\"runner_ids\":{\"type\":[\"array\"," \
	"\"null\"],\"items\":" TEXT "},\"wait_seconds\":" WAIT(30))
#define CLAIMED	RUN_ID ",\"runtime_id\":" TEXT ",\"claim_token\":"		\
	"{\"type\":\"string\",\"x-secret\":true}"
#define S_START	NEEDS("\"runtime_id\",\"claim_token\"", CLAIMED)
#define S_RENEW	NEEDS("\"runtime_id\",\"claim_token\"", CLAIMED		\
	",\"lease_seconds\":" OPT_NUM)
#define S_RELEASE NEEDS("\"runtime_id\",\"claim_token\"", CLAIMED	\
	",\"status\":{\"enum\":[\"queued\"]},\"status_reason\":" OPT_TEXT	\
	",\"reason\":" OPT_TEXT)

#define EVENT	"\"sequence\":" CURSOR ",\"event_type\":" OPT_TEXT		\
	",\"type\":" OPT_TEXT ",\"data\":" NULLED_OBJ ",\"usage\":" NULLED_OBJ \
	",\"metadata\":" NULLED_OBJ ",\"source\":{\"enum\":[\"runner\",null]}"
#define RESULT	"{\"type\":[\"object\",\"null\"],\"additionalProperties\":false," \
	"\"properties\":{" EVENT ",\"run_id\":{},\"timestamp\":{}}}"
#define S_APPEND OBJECT(CLAIMED "," EVENT ",\"result\":" RESULT		\
	",\"events\":{\"type\":\"array\",\"items\":{\"type\":\"object\","	\
	"\"additionalProperties\":false,\"properties\":{" EVENT "}}}")
#define S_PUSH	OBJECT(RUN_ID ",\"text\":" OPT_TEXT ",\"data\":" NULLED_OBJ)
#define S_PULL	OBJECT(CLAIMED ",\"mode\":{\"enum\":[\"all\",\"one\","	\
	"\"one-at-a-time\",null]},\"limit\":" NULLED("integer"))
#define S_FINALIZE NEEDS("\"status\"", CLAIMED ",\"status\":{\"enum\":"	\
	"[\"completed\",\"failed\",\"timeout\",\"cancelled\",\"interrupted\"]}" \
	",\"status_reason\":" OPT_TEXT ",\"reason\":" OPT_TEXT ",\"error\":" OPT_TEXT \
	",\"output\":" OPT_TEXT ",\"exit_code\":{\"type\":\"integer\","	\
	"\"minimum\":-2147483648,\"maximum\":2147483647}"		\
	",\"retryable\":" BOOL ",\"usage\":" NULLED_OBJ ",\"cost\":" NULLED_OBJ \
	",\"metadata\":" NULLED_OBJ)

#define PROCESSOR "\"processor_type\":{\"enum\":[\"agent\",\"pipeline\"]}"
#define BOUND_TO "\"bot_id\":" OPT_TEXT ",\"conversation_id\":" OPT_TEXT	\
	",\"actor_id\":" OPT_TEXT
#define S_ASK NEEDS("\"request\"", CLAIMED ",\"interaction_id\":" OPT_TEXT	\
	"," PROCESSOR ",\"request\":{},\"schema\":" NULLED_OBJ "," BOUND_TO \
	",\"expires_in_seconds\":" COUNT("2592000") ",\"expires_at\":"	\
	"{\"type\":\"integer\",\"minimum\":1}")
#define S_ANSWER NEEDS("\"interaction_id\"", RUN_ID			\
	",\"interaction_id\":" TEXT ",\"callback_token\":"		\
	"{\"type\":\"string\",\"x-secret\":true}," BOUND_TO		\
	",\"status\":{\"enum\":[\"submitted\",\"delivery_failed\","	\
	"\"cancelled\"]},\"answer\":{},\"status_reason\":" OPT_TEXT)
#define S_ASKED NEEDS("\"interaction_id\"", CLAIMED			\
	",\"interaction_id\":" TEXT ",\"wait_seconds\":" WAIT(30))

#define DIGEST	"{\"type\":[\"string\",\"null\"]}"
#define OFFSET	"\"offset\":{\"type\":\"integer\",\"minimum\":0,"	\
	"\"maximum\":1099511627776}"
#define S_PUT	NEEDS("\"content\"", CLAIMED ",\"artifact_id\":" OPT_TEXT	\
	",\"artifact_type\":" OPT_TEXT ",\"mime_type\":" OPT_TEXT	\
	",\"name\":" OPT_TEXT ",\"metadata\":" NULLED_OBJ ",\"content\":" TEXT \
	"," OFFSET ",\"complete\":" BOOL ",\"digest\":" DIGEST		\
	",\"sha256\":" DIGEST "," EXPIRES)
#define S_FETCH	NEEDS("\"artifact_id\"", "\"artifact_id\":" TEXT "," OFFSET \
	",\"limit\":" COUNT("10485760") ",\"runtime_id\":" TEXT \
	",\"claim_token\":{\"type\":\"string\",\"x-secret\":true}")
#define S_ARTIFACTS OBJECT(CLAIMED ",\"conversation_id\":" OPT_TEXT	\
	",\"workspace_id\":" OPT_TEXT ",\"bot_id\":" OPT_TEXT ",\"thread_id\":" \
	OPT_TEXT ",\"limit\":" COUNT("100") ",\"before_cursor\":" CURSOR)

#define ITS	PERM_OF_ITS_NAME
#define READ	RUN_READ
#define READ_LOG	(RUN_READ | RUN_LOG)
#define WRITE	(RUN_WRITE | LANE_CLIENT)
#define CANCEL	(RUN_WRITE | LANE_CANCEL)
#define MUST	(RUN_WRITE | LANE_MUST)
#define EVENTS	(RUN_WRITE | LANE_EVENTS)
#define REPLY	.render = act_reply_render

const struct action action_table[] = {
	/* name		who		scope		recorded	repeat		runs	does	body	what */
	{ "host_ping",	PERM_ANYONE,	SCOPE_NONE,	AUDIT_DENIED,	REPEAT_SAFE,	READ,	{ .apply = host_ping, REPLY },	NOTHING,	"answers, with version and time" },
	{ "host_metrics", ITS,		SCOPE_NONE,	AUDIT_DENIED,	REPEAT_SAFE,	READ,	{ .apply = host_metrics, .render = host_metrics_render },	NOTHING,	"what the host counts, as text for Prometheus" },
	{ "config_reload", ITS,		SCOPE_NONE,	AUDIT_ALWAYS,	REPEAT_SAFE,	WRITE | RUN_FILES, { .apply = config_reload, REPLY },	NOTHING,	"reads the configuration again, all of it or nothing" },
	{ "run_create",	ITS,		SCOPE_NEW,	AUDIT_ALWAYS,	REPEAT_KEY,	WRITE,	{ run_create_prepare, run_create, run_create_render },	S_CREATE,	"queues a run of a slash command or runner" },
	{ "run_get",	ITS,		SCOPE_RUN,	AUDIT_ADMIN,	REPEAT_SAFE,	READ,	{ .apply = run_get, .render = run_get_render },	S_RUN,	"shows a run" },
	{ "run_list",	ITS,		SCOPE_LIST,	AUDIT_ADMIN,	REPEAT_SAFE,	READ,	{ run_list_prepare, run_list, run_list_render },	S_LIST,	"lists runs, newest first" },
	{ "run_events_page", ITS,	SCOPE_RUN,	AUDIT_ADMIN,	REPEAT_SAFE,	READ,	{ run_events_prepare, run_events, run_events_render },	S_EVENTS,	"pages through a run's events" },
	{ "run_cancel",	ITS,		SCOPE_RUN,	AUDIT_ALWAYS,	REPEAT_SAFE,	CANCEL,	{ run_cancel_prepare, run_cancel, run_cancel_render },	S_CANCEL,	"ends a run, or asks its attempt to stop" },
	{ "state_get",	ITS,		SCOPE_KEPT,	AUDIT_ADMIN,	REPEAT_SAFE,	READ,	{ .apply = state_get, REPLY },	S_STATE,	"a value that a plugin keeps, of the conversation, actor, subject or runner of a run" },
	{ "state_set",	ITS,		SCOPE_KEPT,	AUDIT_ALWAYS,	REPEAT_KEY,	WRITE,	{ .apply = state_set, REPLY },	S_STATE_SET,	"sets such a value, if wanted only over the version that was seen" },
	{ "state_delete", ITS,		SCOPE_KEPT,	AUDIT_ALWAYS,	REPEAT_KEY,	WRITE,	{ .apply = state_delete, REPLY },	S_STATE_DELETE,	"removes such a value" },
	{ "state_list",	ITS,		SCOPE_KEPT,	AUDIT_ADMIN,	REPEAT_SAFE,	READ,	{ .apply = state_list, REPLY },	S_STATE_LIST,	"lists the keys of such values" },
	{ "event_get",	ITS,		SCOPE_EVENT,	AUDIT_ADMIN,	REPEAT_SAFE,	READ,	{ .apply = event_get, REPLY },	S_EVENT,	"shows the event that a run was made for" },
	{ "event_page",	ITS,		SCOPE_TALK,	AUDIT_ADMIN,	REPEAT_SAFE,	READ,	{ event_page_prepare, event_page, act_reply_render },	S_EVENT_PAGE,	"pages through the events of a conversation" },
	{ "history_page", ITS,		SCOPE_TALK,	AUDIT_ADMIN,	REPEAT_SAFE,	READ,	{ history_page_prepare, history_page, act_reply_render },	S_HISTORY,	"pages through what was said in a conversation" },
	{ "history_search", ITS,	SCOPE_TALK,	AUDIT_ADMIN,	REPEAT_SAFE,	READ,	{ history_search_prepare, history_search, act_reply_render },	S_SEARCH,	"finds what was said in a conversation, the newest first" },
	{ "steering_push", ITS,		SCOPE_RUN,	AUDIT_ALWAYS,	REPEAT_KEY,	WRITE,	{ steering_push_prepare, steering_push, act_reply_render },	S_PUSH,	"queues an input for a run that lives" },
	{ "steering_pull", ITS,		SCOPE_PULLED,	AUDIT_RUNNER,	REPEAT_NEVER,	WRITE,	{ steering_pull_prepare, steering_pull, act_reply_render },	S_PULL,	"takes the inputs that wait for the attempt's run, each once" },
	{ "run_counts",	ITS,		SCOPE_LIST,	AUDIT_ADMIN,	REPEAT_SAFE,	READ,	{ .apply = run_counts, REPLY },	NOTHING,	"counts runs by status" },
	{ "run_stats",	ITS,		SCOPE_ALL,	AUDIT_ADMIN,	REPEAT_SAFE,	READ,	{ stats_prepare, run_stats, act_reply_render },	S_RUN_STATS,	"runs of a window: states, rates, how long they waited and took" },
	{ "run_cleanup", ITS,		SCOPE_NONE,	AUDIT_ALWAYS,	REPEAT_SAFE,	WRITE,	{ .apply = run_cleanup, REPLY },	S_DRY,	"removes finished runs whose retention is over" },
	{ "op_get",	ITS,		SCOPE_LIST,	AUDIT_ADMIN,	REPEAT_SAFE,	READ,	{ .apply = op_get, REPLY },	S_OP,	"says what became of an operation" },
	{ "run_claim",	ITS,		SCOPE_CLAIM,	AUDIT_ALWAYS,	REPEAT_NEVER,	WRITE,	{ run_claim_prepare, run_claim, run_claim_render },	S_CLAIM,	"gives a runtime the next run that it may take, or null" },
	{ "run_start",	ITS,		SCOPE_HELD,	AUDIT_RUNNER,	REPEAT_SAFE,	CANCEL,	{ .apply = run_start, REPLY },	S_START,	"says that a claimed run has begun" },
	{ "run_renew_claim", ITS,	SCOPE_HELD,	AUDIT_RUNNER,	REPEAT_SAFE,	CANCEL,	{ .apply = run_renew_claim, REPLY },	S_RENEW,	"gives a claim a new lease; says whether a cancel was asked for" },
	{ "run_release_claim", ITS,	SCOPE_HELD,	AUDIT_RUNNER,	REPEAT_SAFE,	CANCEL,	{ .apply = run_release_claim, REPLY },	S_RELEASE,	"gives a claimed run back" },
	{ "run_append_result", ITS,	SCOPE_WRITTEN,	AUDIT_RUNNER,	REPEAT_SAFE,	WRITE,	{ run_append_prepare, run_append_result, act_reply_render },	S_APPEND,	"appends events to a run, each once" },
	{ "run_finalize", ITS,		SCOPE_ENDING,	AUDIT_ALWAYS,	REPEAT_SAFE,	CANCEL,	{ run_finalize_prepare, run_finalize, run_finalize_render },	S_FINALIZE,	"says how an attempt ended" },
	{ "interaction_create", ITS,	SCOPE_ATTEMPT,	AUDIT_ALWAYS,	REPEAT_NEVER,	WRITE,	{ interaction_create_prepare, interaction_create, act_reply_render },	S_ASK,	"asks a person, for a run; the answer's token is shown once" },
	{ "interaction_answer", ITS,	SCOPE_ANSWER,	AUDIT_ALWAYS,	REPEAT_KEY,	WRITE,	{ interaction_answer_prepare, interaction_answer, act_reply_render },	S_ANSWER,	"answers such a question, once" },
	{ "interaction_get", ITS,	SCOPE_ATTEMPT,	AUDIT_ADMIN,	REPEAT_SAFE,	READ,	{ interaction_get_prepare, interaction_get, act_reply_render },	S_ASKED,	"shows a question and what became of it; may wait for that" },
	{ "artifact_put", ITS,		SCOPE_ATTEMPT,	AUDIT_ALWAYS,	REPEAT_KEY,	WRITE,	{ artifact_put_prepare, artifact_put, act_reply_render },	S_PUT,	"leaves bytes with a run, at once or in pieces" },
	{ "artifact_get", ITS,		SCOPE_ARTIFACT,	AUDIT_ADMIN,	REPEAT_SAFE,	READ,	{ artifact_get_prepare, artifact_get, act_reply_render },	S_FETCH,	"shows such bytes, or a part of them" },
	{ "artifact_list", ITS,		SCOPE_ARTIFACTS, AUDIT_ADMIN,	REPEAT_SAFE,	READ,	{ artifact_list_prepare, artifact_list, act_reply_render },	S_ARTIFACTS,	"lists what was left with a run, or in a conversation, newest first" },
	{ "runtime_register", ITS,	SCOPE_ENROL,	AUDIT_ALWAYS,	REPEAT_SAFE,	WRITE,	{ runtime_prepare, runtime_register, act_reply_render },	S_REGISTER,	"makes a runtime known, or replaces all that is known of it" },
	{ "runtime_heartbeat", ITS,	SCOPE_RUNTIME,	AUDIT_SUMMARY,	REPEAT_SAFE,	CANCEL,	{ runtime_prepare, runtime_heartbeat, act_reply_render },	S_HEARTBEAT,	"says that a runtime is there" },
	{ "runtime_list", ITS,		SCOPE_LIST,	AUDIT_ADMIN,	REPEAT_SAFE,	READ,	{ runtime_list_prepare, runtime_list, act_reply_render },	S_RUNTIMES,	"lists runtimes, oldest first" },
	{ "runtime_drain", ITS,		SCOPE_RUNTIME,	AUDIT_ALWAYS,	REPEAT_SAFE,	WRITE,	{ runtime_prepare, runtime_drain, act_reply_render },	S_DRAIN,	"lets a runtime claim no more, or claim again" },
	{ "runtime_reconcile", ITS,	SCOPE_NONE,	AUDIT_ALWAYS,	REPEAT_SAFE,	WRITE,	{ .apply = runtime_reconcile, REPLY },	S_RECONCILE,	"sweeps now: late runtimes, lost leases, deadlines" },
	{ "runtime_stats", ITS,		SCOPE_ALL,	AUDIT_ADMIN,	REPEAT_SAFE,	READ,	{ .apply = runtime_stats, REPLY },	S_RUNTIME_STATS,	"counts runtimes and what they hold" },
	{ "runner_list", ITS,		SCOPE_ALL,	AUDIT_ADMIN,	REPEAT_SAFE,	READ,	{ .apply = runner_list, REPLY },	S_RUNNERS,	"lists runners with their plugins" },
	{ "runner_stats", ITS,		SCOPE_ALL,	AUDIT_ADMIN,	REPEAT_SAFE,	READ,	{ stats_prepare, runner_stats, act_reply_render },	S_RUNNER_STATS,	"the same by runner, the most runs first" },
	{ "runner_audit", ITS,		SCOPE_NONE,	AUDIT_ALWAYS,	REPEAT_SAFE,	WRITE,	{ .apply = runner_audit, REPLY },	S_RUNNER_AUDIT,	"sets whether a runner's steps are rows of their own" },
	{ "plugin_list", ITS,		SCOPE_NONE,	AUDIT_DENIED,	REPEAT_SAFE,	READ,	{ .apply = plugin_list, REPLY },	NOTHING,	"lists plugins" },
	{ "plugin_get",	ITS,		SCOPE_NONE,	AUDIT_DENIED,	REPEAT_SAFE,	READ,	{ .apply = plugin_get, REPLY },	S_ID,	"shows a plugin" },
	{ "plugin_install", ITS,	SCOPE_NONE,	AUDIT_ALWAYS,	REPEAT_SAFE,	WRITE | RUN_PLUGIN, { .apply = plugin_install, .render = plugin_install_render },	S_FILE,	"tries a file of a plugin directory, and says what it is" },
	{ "plugin_enable", ITS,		SCOPE_NONE,	AUDIT_ALWAYS,	REPEAT_SAFE,	WRITE,	{ .apply = plugin_enable, REPLY },	S_ENABLE,	"takes a plugin, by its digest, into use" },
	{ "plugin_disable", ITS,	SCOPE_NONE,	AUDIT_ALWAYS,	REPEAT_SAFE,	WRITE,	{ .apply = plugin_disable, REPLY },	S_ID,	"takes a plugin out of use" },
	{ "plugin_remove", ITS,		SCOPE_NONE,	AUDIT_ALWAYS,	REPEAT_SAFE,	WRITE,	{ .apply = plugin_remove, REPLY },	S_ID,	"forgets that a plugin was enabled, and takes it out of use" },
	{ "plugin_verify", ITS,		SCOPE_NONE,	AUDIT_ALWAYS,	REPEAT_SAFE,	WRITE | RUN_PLUGIN, { .apply = plugin_verify, REPLY },	S_ID,	"compares a plugin's file with what is loaded and what was enabled" },
	{ "plugin_trust", ITS,		SCOPE_NONE,	AUDIT_ALWAYS,	REPEAT_SAFE,	WRITE,	{ .apply = plugin_trust, REPLY },	S_ID,	"runs a plugin, by its digest, in the host's process" },
	{ "plugin_untrust", ITS,	SCOPE_NONE,	AUDIT_ALWAYS,	REPEAT_SAFE,	WRITE,	{ .apply = plugin_untrust, REPLY },	S_ID,	"runs a plugin in workers again" },
	{ "key_trust",	ITS,		SCOPE_NONE,	AUDIT_ALWAYS,	REPEAT_SAFE,	WRITE,	{ .apply = key_trust, REPLY },	S_KEY,	"trusts what a key signs" },
	{ "key_list",	ITS,		SCOPE_NONE,	AUDIT_ADMIN,	REPEAT_SAFE,	READ,	{ .apply = key_list, REPLY },	NOTHING,	"lists keys that are trusted, or were" },
	{ "key_revoke",	ITS,		SCOPE_NONE,	AUDIT_ALWAYS,	REPEAT_SAFE,	WRITE,	{ .apply = key_revoke, REPLY },	S_KEY_ID,	"ends trust in a key, and in what runs in-process by it" },
	{ "plugin_trial", ITS,		SCOPE_NONE,	AUDIT_ALWAYS,	REPEAT_SAFE,	WRITE,	{ .apply = plugin_trial, REPLY },	S_TRIAL,	"has a plugin watched for a time, to see which files and programs it lacks" },
	{ "action_list", ITS,		SCOPE_NONE,	AUDIT_DENIED,	REPEAT_SAFE,	READ,	{ .apply = action_list, REPLY },	NOTHING,	"lists actions with their arguments" },
	{ "token_create", ITS,		SCOPE_NONE,	AUDIT_ALWAYS,	REPEAT_NEVER,	WRITE,	{ .apply = token_create, REPLY },	S_TOKEN,	"makes a token, shown once" },
	{ "token_list",	ITS,		SCOPE_NONE,	AUDIT_ADMIN,	REPEAT_SAFE,	READ,	{ .apply = token_list, REPLY },	NOTHING,	"lists tokens, without their secrets" },
	{ "token_revoke", ITS,		SCOPE_NONE,	AUDIT_ALWAYS,	REPEAT_SAFE,	WRITE,	{ .apply = token_revoke, REPLY },	S_TOKEN_ID,	"revokes a token" },
	{ "grant_add",	ITS,		SCOPE_NONE,	AUDIT_ALWAYS,	REPEAT_KEY,	WRITE,	{ grant_add_prepare, grant_add, act_reply_render },	S_GRANT,	"grants a permission or role" },
	{ "grant_list",	ITS,		SCOPE_NONE,	AUDIT_ADMIN,	REPEAT_SAFE,	READ,	{ .apply = grant_list, REPLY },	S_GRANTS,	"lists grants" },
	{ "grant_remove", ITS,		SCOPE_NONE,	AUDIT_ALWAYS,	REPEAT_SAFE,	WRITE,	{ .apply = grant_remove, REPLY },	S_GRANT_ID,	"takes a grant back" },
	{ "permission_check", ITS,	SCOPE_NONE,	AUDIT_ADMIN,	REPEAT_SAFE,	READ,	{ .apply = can, REPLY },	S_CAN,	"says whether a principal would be allowed" },
	{ "audit_list",	ITS,		SCOPE_NONE,	AUDIT_ADMIN,	REPEAT_SAFE,	READ_LOG, { .apply = audit_list, REPLY },	S_AUDIT,	"pages through the audit log" },
	{ "audit_export", ITS,		SCOPE_NONE,	AUDIT_ADMIN,	REPEAT_SAFE,	READ_LOG, { .apply = audit_export, REPLY },	S_EXPORT,	"audit rows with all that verifying needs" },
	{ "audit_head",	ITS,		SCOPE_NONE,	AUDIT_DENIED,	REPEAT_SAFE,	READ,	{ .apply = audit_head, REPLY },	NOTHING,	"the newest signed head of the audit chain" },
	{ "host_backup", ITS,		SCOPE_NONE,	AUDIT_ALWAYS,	REPEAT_SAFE,	WRITE,	{ .apply = host_backup },	S_BACKUP,	"records that a backup is begun or made; whoever may read the files makes it" },
	{ "secret_change", ITS,		SCOPE_NONE,	AUDIT_ALWAYS,	REPEAT_SAFE,	WRITE,	{ .apply = secret_change, REPLY },	S_SECRET,	"records that a secret is to be set or removed; whoever may write the files does it" },

	/* the host's own; no door reaches them */
	{ "slots_offer", PERM_INTERNAL,	SCOPE_NONE,	AUDIT_SUMMARY,	REPEAT_NEVER,	MUST,	{ .apply = slots_offer },	NULL,	"room for claims of the local pool" },
	{ "run_report",	PERM_INTERNAL,	SCOPE_NONE,	AUDIT_SUMMARY,	REPEAT_NEVER,	EVENTS,	{ .apply = run_report },	NULL,	"events of an attempt" },
	{ "run_checkpoint", PERM_INTERNAL, SCOPE_NONE,	AUDIT_SUMMARY,	REPEAT_NEVER,	MUST,	{ .apply = run_checkpoint },	NULL,	"a checkpoint of an attempt" },
	{ "run_renew",	PERM_INTERNAL,	SCOPE_NONE,	AUDIT_SUMMARY,	REPEAT_NEVER,	MUST,	{ .apply = run_renew },	NULL,	"new leases of attempts" },
	{ "run_release", PERM_INTERNAL,	SCOPE_NONE,	AUDIT_ALWAYS,	REPEAT_NEVER,	MUST,	{ .apply = run_release },	NULL,	"an attempt gives its run back" },
	{ "plugin_state_get", PERM_INTERNAL, SCOPE_NONE, AUDIT_SUMMARY,	REPEAT_NEVER,	MUST,	{ .apply = plugin_state_get },	NULL,	"a plugin's own value" },
	{ "plugin_state_set", PERM_INTERNAL, SCOPE_NONE, AUDIT_SUMMARY,	REPEAT_NEVER,	MUST,	{ .apply = plugin_state_set },	NULL,	"sets a plugin's own value" },
	{ "plugin_enroll", PERM_INTERNAL, SCOPE_NONE,	AUDIT_ALWAYS,	REPEAT_NEVER,	MUST,	{ .apply = plugin_enroll },	NULL,	"a plugin that needs nobody to enable it" },
	{ "plugin_quarantine", PERM_INTERNAL, SCOPE_NONE, AUDIT_ALWAYS,	REPEAT_NEVER,	MUST,	{ .apply = plugin_quarantine },	NULL,	"takes a plugin out of use until somebody enables it" },
	{ "action_outcome", PERM_INTERNAL, SCOPE_NONE,	AUDIT_SUMMARY,	REPEAT_NEVER,	MUST,	{ .apply = action_outcome },	NULL,	"how a plugin's action ended" },
	{ "sweep",	PERM_INTERNAL,	SCOPE_NONE,	AUDIT_SUMMARY,	REPEAT_NEVER,	MUST,	{ .apply = sweep },	NULL,	"due runs, retention, keys" },
	{ "history_index", PERM_INTERNAL, SCOPE_NONE,	AUDIT_SUMMARY,	REPEAT_NEVER,	MUST | UNDO,	{ .apply = history_index },	NULL,	"a slice of what was said, into its index" },
	{ "plugin_uses", PERM_INTERNAL,	SCOPE_NONE,	AUDIT_SUMMARY,	REPEAT_NEVER,	MUST,	{ .apply = plugin_uses },	NULL,	"counts of what plugins used and were denied" },
	{ "recover",	PERM_INTERNAL,	SCOPE_NONE,	AUDIT_SUMMARY,	REPEAT_NEVER,	MUST,	{ .apply = recover },	NULL,	"attempts of a former process" },
	{ "capability_use", PERM_INTERNAL, SCOPE_NONE,	AUDIT_SUMMARY,	REPEAT_NEVER,	MUST,	{ .apply = capability_use },	NULL,	"a plugin asks for what a capability gives; refusals and secrets are rows" },
	{ "audit_note",	PERM_INTERNAL,	SCOPE_NONE,	AUDIT_SUMMARY,	REPEAT_NEVER,	MUST,	{ .apply = audit_note },	NULL,	"a row about a read or a refusal" },
	{ "audit_flush", PERM_INTERNAL,	SCOPE_NONE,	AUDIT_SUMMARY,	REPEAT_NEVER,	MUST,	{ .apply = audit_flush },	NULL,	"counted refusals and reads" },
	{ "host_mark",	PERM_INTERNAL,	SCOPE_NONE,	AUDIT_SUMMARY,	REPEAT_NEVER,	MUST,	{ .apply = host_mark },	NULL,	"a row about the host itself" },
	{ .name = NULL },
};
