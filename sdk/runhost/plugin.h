/*
 * What a plugin is: one exported, constant struct rh_entry.
 *
 *	#include <runhost/easy.h>	// this header, and helpers
 *
 *	static void
 *	run(const struct rh_invocation *inv, const struct rh_host *host)
 *	{
 *		rh_completed(host, inv, "hello\n");
 *	}
 *
 *	static const struct rh_runner hello = {
 *		.size = sizeof hello, .name = "hello", .run = run,
 *	};
 *	static const struct rh_runner *const runners[] = { &hello, NULL };
 *
 *	RH_PLUGIN(0,			// any 1.x host will do
 *		.id = "org.example.hello",
 *		.version = "1.0.0",
 *		.runners = runners,
 *	);
 *
 * The entry is data: the host judges it before it calls any function of it.
 * Constructors of the object run when it is opened, all the same; that
 * happens in a worker process that is already confined.
 *
 * Strings in these structs are UTF-8, end in NUL, and live as long as the
 * plugin.  Lists are arrays of pointers, ended by NULL; NULL is the empty
 * list.  Every struct begins with its size (sizeof, filled by the plugin)
 * and ends on eight bytes.  Unknown flag bits are refused.
 *
 * Limits: 256 elements of a list; 500 bytes of a summary or an example, one
 * line each; 64 KiB of a schema; 1 MiB of everything together.  Names are
 * unique within their list, and runners, actions and commands over all
 * plugins of a host.  What breaks a rule is refused with all its problems.
 */
#ifndef RUNHOST_PLUGIN_H
#define RUNHOST_PLUGIN_H

#include <runhost/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RH_MAGIC	0x31504852u	/* "RHP1" in little endian */

/*
 * A plugin's function.  Called on a thread of the worker (or of the host,
 * for a trusted plugin in-process), one invocation at a time per worker.
 * Must call host->finish() before it returns.
 */
typedef void (*rh_run_fn)(const struct rh_invocation *inv,
    const struct rh_host *host);

/*
 * A runner may be started again after its attempt was lost.  Without this
 * flag run() is called only after the start of the attempt is committed, so
 * that a run is never begun twice unawares: a commit more for each run.
 */
#define RH_RUNNER_IDEMPOTENT	1u

struct rh_runner {
	uint32_t size;
	uint32_t flags;		/* RH_RUNNER_* */
	const char *name;	/* [a-z][a-z0-9._-]{0,62} */
	const char *summary;	/* one line, or NULL */
	rh_run_fn run;
};

/*
 * An action, called by its name with a JSON object, which comes as the
 * invocation's input; its reply, JSON, is the outcome's output.
 *
 * A schema is JSON with these keywords of JSON Schema: type, required,
 * properties, enum, minimum, maximum, items, additionalProperties (true or
 * false), and x-secret: true for values that no record may show.  Any other
 * that asks for something is refused, so that nothing is silently ignored.
 */
struct rh_action {
	uint32_t size;
	uint32_t flags;		/* 0 */
	const char *name;	/* "<word>.<verb>", as "hello.greet" */
	const char *summary;	/* one line, or NULL */
	const char *schema;	/* of the arguments, or NULL: any object */
	rh_run_fn run;
};

/*
 * Words that may follow a slash command: the first one behind it, if it
 * begins with a letter and holds letters, digits, "_" and "-" only.
 */
struct rh_command_action {
	uint32_t size;
	uint32_t reserved;	/* 0 */
	const char *name;	/* [A-Za-z][A-Za-z0-9_-]{0,62} */
	const char *summary;	/* one line, or NULL */
	const char *runner;	/* NULL: that of the command */
};

/* Words that are not listed are passed on instead of answered with 404. */
#define RH_COMMAND_ANY_ACTION	1u

struct rh_command {
	uint32_t size;
	uint32_t flags;		/* RH_COMMAND_* */
	const char *name;	/* "/" and such a word */
	const char *summary;	/* one line, or NULL */
	const char *runner;	/* name of a runner of this plugin */
	const char *default_action;	/* if no word follows; one of them */
	const struct rh_command_action *const *actions;
	const char *const *examples;
};

/* One worker may serve runs of several owners, one after the other. */
#define RH_PLUGIN_STATELESS	1u
/*
 * Its functions may be called on several threads of one process at a time.
 * A trusted plugin then has as many threads in the host as it would have
 * workers, else it has one.
 */
#define RH_PLUGIN_THREADS	2u

struct rh_entry {
	/* These 16 bytes never change, in any major. */
	uint32_t magic;		/* RH_MAGIC */
	uint32_t size;
	uint32_t built;		/* RH_VERSION of the headers used */
	uint32_t needs;		/* least RH_VERSION of a host that will do */
	/* 1.0 */
	uint64_t flags;		/* RH_PLUGIN_* */
	/*
	 * [a-z][a-z0-9._-]{0,62}, best a reversed domain and a name.  Not
	 * host fs net proc env secret admin amplify limit, nor "runhost."
	 * anything.
	 */
	const char *id;
	const char *version;	/* of the plugin, as "1.0.0" */
	const char *summary;	/* one line, or NULL */
	const struct rh_runner *const *runners;
	const struct rh_action *const *actions;
	const struct rh_command *const *commands;
	/*
	 * Permissions ("run_get") and capabilities ("net.connect:host:port")
	 * that it uses.  Tells the admin what to grant; grants nothing.
	 */
	const char *const *wants;
	/*
	 * An extension of the plugin by its id, or NULL.  May be NULL.  A
	 * host of 1.0 doesn't call it; a later one may, from any thread, also
	 * while invocations run: it is to answer from constant data.  It may
	 * not call the host.
	 */
	const void *(*extension)(const char *id);
};

#if defined(__GNUC__)
#define RH_EXPORT __attribute__((visibility("default")))
#else
#define RH_EXPORT
#endif

/* The one symbol that a plugin exports. */
extern RH_EXPORT const struct rh_entry rh_plugin_entry;

/*
 * Defines the entry, once, at file scope; minor is the least 1.minor that
 * the plugin needs.  Uses designated initialisers: C, C++20, or g++'s and
 * clang++'s extension (in C++ keep the order of the members, and give
 * -Wno-missing-field-initializers with -Wextra).
 */
#define RH_PLUGIN(minor, ...)						\
	const struct rh_entry rh_plugin_entry = {			\
		.magic = RH_MAGIC,					\
		.size = (uint32_t)sizeof(struct rh_entry),		\
		.built = RH_SDK_VERSION,				\
		.needs = RH_VERSION(RH_SDK_MAJOR, minor),		\
		__VA_ARGS__						\
	}

#ifdef __cplusplus
}
#endif
#endif
