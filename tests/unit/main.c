/*
 * The table of unit suites.  A new suite is declared and listed under its
 * folder, so that lines of different folders do not meet.
 */
#include "lib/unit.h"

#include "base/rand.h"
#include "worker/spawner.h"

#include <string.h>

#define SUITE(list) extern const struct unit_test list[]

/* base */
SUITE(base_base64_tests);
SUITE(base_clock_tests);
SUITE(base_err_tests);
SUITE(base_fault_tests);
SUITE(base_hash_tests);
SUITE(base_hist_tests);
SUITE(base_httpc_tests);
SUITE(base_id_tests);
SUITE(base_log_tests);
SUITE(base_mem_tests);
SUITE(base_metric_tests);
SUITE(base_queue_tests);
SUITE(base_secret_tests);
SUITE(base_sse_tests);
SUITE(base_str_tests);
SUITE(base_target_tests);

/* json */
SUITE(json_scan_tests);
SUITE(json_read_tests);
SUITE(json_read_value_tests);
SUITE(json_read_field_tests);
SUITE(json_write_tests);
SUITE(json_schema_tests);
SUITE(json_schema_check_tests);
SUITE(json_schema_redact_tests);

/* store */
SUITE(store_checkpoint_tests);
SUITE(store_copy_tests);
SUITE(store_page_tests);
SUITE(store_plugin_tests);
SUITE(store_schema_tests);
SUITE(store_scope_cache_tests);
SUITE(store_statements_tests);

/* auth */
SUITE(auth_capability_tests);
SUITE(auth_policy_tests);
SUITE(auth_session_tests);

/* audit */
SUITE(audit_backup_tests);
SUITE(audit_export_tests);
SUITE(audit_head_tests);
SUITE(audit_tamper_tests);
SUITE(audit_verify_tests);

/* plugin */
SUITE(plugin_abi_tests);
SUITE(plugin_elf_tests);
SUITE(plugin_image_tests);
SUITE(plugin_choose_tests);
SUITE(plugin_registry_tests);
SUITE(plugin_sign_tests);

/* worker */
SUITE(worker_cgroup_tests);
SUITE(worker_channel_tests);
SUITE(worker_channel_local_tests);
SUITE(worker_invoke_tests);
SUITE(worker_protocol_tests);
SUITE(worker_granted_tests);
SUITE(worker_grants_tests);
SUITE(worker_profile_tests);
SUITE(worker_report_tests);
SUITE(worker_serve_tests);
SUITE(worker_inproc_tests);
SUITE(worker_sandbox_tests);
SUITE(worker_spawner_tests);

/* run */
SUITE(run_slash_tests);
SUITE(run_states_tests);

/* kit */
SUITE(kit_check_print_tests);
SUITE(kit_sample_tests);
SUITE(kit_template_tests);

/* action */
SUITE(action_bounds_tests);
SUITE(action_can_tests);
SUITE(action_catalog_tests);
SUITE(action_gate_tests);
SUITE(action_intents_tests);
SUITE(action_loading_tests);
SUITE(action_bypass_tests);
SUITE(action_matrix_tests);
SUITE(action_memory_tests);
SUITE(action_rights_tests);
SUITE(action_tally_tests);
SUITE(action_use_tests);

/* ledger */
SUITE(ledger_append_tests);
SUITE(ledger_artifacts_tests);
SUITE(ledger_attempts_tests);
SUITE(ledger_cancel_tests);
SUITE(ledger_claims_tests);
SUITE(ledger_clock_tests);
SUITE(ledger_crowd_tests);
SUITE(ledger_faults_tests);
SUITE(ledger_interactions_tests);
SUITE(ledger_lanes_tests);
SUITE(ledger_lines_tests);
SUITE(ledger_powercut_tests);
SUITE(ledger_recovery_tests);
SUITE(ledger_runs_tests);
SUITE(ledger_runtimes_tests);
SUITE(ledger_stats_tests);
SUITE(ledger_stored_tests);
SUITE(ledger_sweep_tests);
SUITE(ledger_upgrade_tests);

/* sched */
SUITE(sched_cases_tests);
SUITE(sched_given_tests);
SUITE(sched_connector_tests);
SUITE(sched_control_tests);
SUITE(sched_limits_tests);
SUITE(sched_misdeeds_tests);
SUITE(sched_plan_tests);
SUITE(sched_use_tests);

/* stream */

/* http */

/* cli */
SUITE(cli_complete_tests);
SUITE(cli_config_tests);
SUITE(cli_docs_tests);
SUITE(cli_doctor_tests);
SUITE(cli_door_tests);
SUITE(cli_options_tests);
SUITE(cli_print_tests);
SUITE(cli_progress_tests);
SUITE(cli_run_tests);

/* docs */
SUITE(docs_pages_tests);

static const struct unit_suite suites[] = {
	/* base */
	{ "base/base64", base_base64_tests },
	{ "base/clock", base_clock_tests },
	{ "base/err", base_err_tests },
	{ "base/fault", base_fault_tests },
	{ "base/hash", base_hash_tests },
	{ "base/hist", base_hist_tests },
	{ "base/httpc", base_httpc_tests },
	{ "base/id", base_id_tests },
	{ "base/log", base_log_tests },
	{ "base/mem", base_mem_tests },
	{ "base/metric", base_metric_tests },
	{ "base/queue", base_queue_tests },
	{ "base/secret", base_secret_tests },
	{ "base/sse", base_sse_tests },
	{ "base/str", base_str_tests },
	{ "base/target", base_target_tests },

	/* json */
	{ "json/scan", json_scan_tests },
	{ "json/read", json_read_tests },
	{ "json/read_value", json_read_value_tests },
	{ "json/read_field", json_read_field_tests },
	{ "json/write", json_write_tests },
	{ "json/schema", json_schema_tests },
	{ "json/schema_check", json_schema_check_tests },
	{ "json/schema_redact", json_schema_redact_tests },

	/* store */
	{ "store/checkpoint", store_checkpoint_tests },
	{ "store/copy", store_copy_tests },
	{ "store/page", store_page_tests },
	{ "store/plugin", store_plugin_tests },
	{ "store/schema", store_schema_tests },
	{ "store/scope_cache", store_scope_cache_tests },
	{ "store/statements", store_statements_tests },

	/* auth */
	{ "auth/capability", auth_capability_tests },
	{ "auth/policy", auth_policy_tests },
	{ "auth/session", auth_session_tests },

	/* audit */
	{ "audit/backup", audit_backup_tests },
	{ "audit/export", audit_export_tests },
	{ "audit/head", audit_head_tests },
	{ "audit/tamper", audit_tamper_tests },
	{ "audit/verify", audit_verify_tests },

	/* plugin */
	{ "plugin/abi", plugin_abi_tests },
	{ "plugin/elf", plugin_elf_tests },
	{ "plugin/image", plugin_image_tests },
	{ "plugin/choose", plugin_choose_tests },
	{ "plugin/registry", plugin_registry_tests },
	{ "plugin/sign", plugin_sign_tests },

	/* worker */
	{ "worker/cgroup", worker_cgroup_tests },
	{ "worker/channel", worker_channel_tests },
	{ "worker/channel_local", worker_channel_local_tests },
	{ "worker/invoke", worker_invoke_tests },
	{ "worker/protocol", worker_protocol_tests },
	{ "worker/granted", worker_granted_tests },
	{ "worker/grants", worker_grants_tests },
	{ "worker/profile", worker_profile_tests },
	{ "worker/report", worker_report_tests },
	{ "worker/serve", worker_serve_tests },
	{ "worker/inproc", worker_inproc_tests },
	{ "worker/sandbox", worker_sandbox_tests },
	{ "worker/spawner", worker_spawner_tests },

	/* run */
	{ "run/slash", run_slash_tests },
	{ "run/states", run_states_tests },

	/* kit */
	{ "kit/check_print", kit_check_print_tests },
	{ "kit/sample", kit_sample_tests },
	{ "kit/template", kit_template_tests },

	/* action */
	{ "action/bounds", action_bounds_tests },
	{ "action/can", action_can_tests },
	{ "action/catalog", action_catalog_tests },
	{ "action/gate", action_gate_tests },
	{ "action/intents", action_intents_tests },
	{ "action/loading", action_loading_tests },
	{ "action/bypass", action_bypass_tests },
	{ "action/matrix", action_matrix_tests },
	{ "action/memory", action_memory_tests },
	{ "action/rights", action_rights_tests },
	{ "action/tally", action_tally_tests },
	{ "action/use", action_use_tests },

	/* ledger */
	{ "ledger/append", ledger_append_tests },
	{ "ledger/artifacts", ledger_artifacts_tests },
	{ "ledger/attempts", ledger_attempts_tests },
	{ "ledger/cancel", ledger_cancel_tests },
	{ "ledger/claims", ledger_claims_tests },
	{ "ledger/clock", ledger_clock_tests },
	{ "ledger/crowd", ledger_crowd_tests },
	{ "ledger/faults", ledger_faults_tests },
	{ "ledger/interactions", ledger_interactions_tests },
	{ "ledger/lanes", ledger_lanes_tests },
	{ "ledger/lines", ledger_lines_tests },
	{ "ledger/powercut", ledger_powercut_tests },
	{ "ledger/recovery", ledger_recovery_tests },
	{ "ledger/runs", ledger_runs_tests },
	{ "ledger/runtimes", ledger_runtimes_tests },
	{ "ledger/stats", ledger_stats_tests },
	{ "ledger/stored", ledger_stored_tests },
	{ "ledger/sweep", ledger_sweep_tests },
	{ "ledger/upgrade", ledger_upgrade_tests },

	/* sched */
	/* Before those that leave a thread of a plugin behind in the host. */
	{ "sched/use", sched_use_tests },
	{ "sched/cases", sched_cases_tests },
	{ "sched/given", sched_given_tests },
	{ "sched/connector", sched_connector_tests },
	{ "sched/control", sched_control_tests },
	{ "sched/limits", sched_limits_tests },
	{ "sched/misdeeds", sched_misdeeds_tests },
	{ "sched/plan", sched_plan_tests },

	/* stream */

	/* http */

	/* cli */
	{ "cli/complete", cli_complete_tests },
	{ "cli/config", cli_config_tests },
	{ "cli/docs", cli_docs_tests },
	{ "cli/doctor", cli_doctor_tests },
	{ "cli/door", cli_door_tests },
	{ "cli/options", cli_options_tests },
	{ "cli/print", cli_print_tests },
	{ "cli/progress", cli_progress_tests },
	{ "cli/run", cli_run_tests },

	/* docs */
	{ "docs/pages", docs_pages_tests },

	{ NULL, NULL },
};

int
main(int argc, char **argv)
{
	/* The spawner of the worker tests is this program, as in the host. */
	if (argc == 2 && strcmp(argv[1], SPAWNER_ARG) == 0)
		return spawner_main(3);
	rand_init();
	return unit_main(suites, argc, argv);
}
