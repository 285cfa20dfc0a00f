/*
 * What 1.0 looks like in memory, for 64-bit systems.  Lines are only ever
 * added; one that has to be changed is a new major.
 */
#ifndef ABI_LAYOUT_H
#define ABI_LAYOUT_H

#include <runhost/ext/net.h>
#include <runhost/ext/secret.h>
#include <runhost/plugin.h>

#include <stddef.h>

#ifdef __cplusplus
#define LAYOUT_ASSERT(cond)	static_assert(cond, #cond)
#else
#define LAYOUT_ASSERT(cond)	_Static_assert(cond, #cond)
#endif

#define AT(type, member, offset) \
	LAYOUT_ASSERT(offsetof(struct type, member) == (offset))
/* A size that grows is fine; the end of the last member of 1.0 is AT(). */
#define WHOLE(type) \
	LAYOUT_ASSERT(sizeof(struct type) % 8 == 0)

AT(rh_text, p, 0);
AT(rh_text, len, 8);
LAYOUT_ASSERT(sizeof(struct rh_text) == 16);

AT(rh_entry, magic, 0);
AT(rh_entry, size, 4);
AT(rh_entry, built, 8);
AT(rh_entry, needs, 12);
AT(rh_entry, flags, 16);
AT(rh_entry, id, 24);
AT(rh_entry, version, 32);
AT(rh_entry, summary, 40);
AT(rh_entry, runners, 48);
AT(rh_entry, actions, 56);
AT(rh_entry, commands, 64);
AT(rh_entry, wants, 72);
AT(rh_entry, extension, 80);
WHOLE(rh_entry);

AT(rh_runner, size, 0);
AT(rh_runner, flags, 4);
AT(rh_runner, name, 8);
AT(rh_runner, summary, 16);
AT(rh_runner, run, 24);
WHOLE(rh_runner);

AT(rh_action, size, 0);
AT(rh_action, flags, 4);
AT(rh_action, name, 8);
AT(rh_action, summary, 16);
AT(rh_action, schema, 24);
AT(rh_action, run, 32);
WHOLE(rh_action);

AT(rh_command_action, size, 0);
AT(rh_command_action, reserved, 4);
AT(rh_command_action, name, 8);
AT(rh_command_action, summary, 16);
AT(rh_command_action, runner, 24);
WHOLE(rh_command_action);

AT(rh_command, size, 0);
AT(rh_command, flags, 4);
AT(rh_command, name, 8);
AT(rh_command, summary, 16);
AT(rh_command, runner, 24);
AT(rh_command, default_action, 32);
AT(rh_command, actions, 40);
AT(rh_command, examples, 48);
WHOLE(rh_command);

AT(rh_invocation, size, 0);
AT(rh_invocation, kind, 4);
AT(rh_invocation, handle, 8);
AT(rh_invocation, run_id, 16);
AT(rh_invocation, extension_id, 32);
AT(rh_invocation, runner, 48);
AT(rh_invocation, action_id, 64);
AT(rh_invocation, session_id, 80);
AT(rh_invocation, user_id, 96);
AT(rh_invocation, command, 112);
AT(rh_invocation, raw_args, 128);
AT(rh_invocation, args, 144);
AT(rh_invocation, flags, 160);
AT(rh_invocation, input, 176);
AT(rh_invocation, metadata, 192);
AT(rh_invocation, config, 208);
AT(rh_invocation, resume, 224);
AT(rh_invocation, checkpoint_name, 240);
AT(rh_invocation, checkpoint, 256);
AT(rh_invocation, created_us, 272);
AT(rh_invocation, timeout_ms, 280);
AT(rh_invocation, deadline_us, 288);
AT(rh_invocation, attempt, 296);
AT(rh_invocation, reason, 300);
WHOLE(rh_invocation);

AT(rh_outcome, size, 0);
AT(rh_outcome, kind, 4);
AT(rh_outcome, output, 8);
AT(rh_outcome, error, 24);
AT(rh_outcome, metadata, 40);
AT(rh_outcome, exit_code, 56);
AT(rh_outcome, retryable, 60);
WHOLE(rh_outcome);

AT(rh_host, size, 0);
AT(rh_host, version, 4);
AT(rh_host, progress, 8);
AT(rh_host, event, 16);
AT(rh_host, output, 24);
AT(rh_host, checkpoint, 32);
AT(rh_host, flush, 40);
AT(rh_host, state_get, 48);
AT(rh_host, state_set, 56);
AT(rh_host, call, 64);
AT(rh_host, cancelled, 72);
AT(rh_host, wait, 80);
AT(rh_host, log, 88);
AT(rh_host, finish, 96);
AT(rh_host, supports, 104);
AT(rh_host, extension, 112);
WHOLE(rh_host);

/* Extensions: the number in an id is of what it looks like. */
AT(rh_net, size, 0);
AT(rh_net, reserved, 4);
AT(rh_net, connect, 8);
WHOLE(rh_net);

AT(rh_secrets, size, 0);
AT(rh_secrets, reserved, 4);
AT(rh_secrets, get, 8);
WHOLE(rh_secrets);

#endif
