/*
 * A plugin in C++: the action "cpp.greet" for programs, and the runner behind
 * "/cpp-greet Ann" for people.  Build it anywhere with
 *
 *	g++ -std=c++20 -O2 -shared -fPIC $(pkg-config --cflags runhost) \
 *	    -o greeter_cc.so greeter.cc
 *
 * No exception may leave a function that the host calls: guarded() sees to
 * it, and to it that each invocation is finished once.
 */
#include <runhost/easy.h>

#include <exception>
#include <stdexcept>
#include <string>

namespace {

std::string
text(rh_text t)
{
	return std::string(t.p != nullptr ? t.p : "", t.len);
}

/* One invocation, while the function that was called has not returned. */
class Run {
public:
	Run(const rh_invocation *i, const rh_host *h) : inv(i), host(h) {}

	std::string word() const { return text(inv->action_id); }

	/* The member of the input as JSON, as it was written. */
	std::string
	member(const char *name) const
	{
		rh_text value;

		if (!rh_json_member(inv->input, name, &value))
			throw std::invalid_argument(std::string("no ") + name);
		return text(value);
	}

	void
	progress(const char *stage, int percent) const
	{
		rh_progress(host, inv, stage, percent, nullptr);
	}

	void
	print(const std::string &s) const
	{
		host->output(inv->handle, RH_STDOUT, s.data(), s.size());
	}

	/* false: the run is to stop. */
	bool
	wait(int64_t ms) const
	{
		return host->wait(inv->handle, ms) == RH_OK;
	}

private:
	const rh_invocation *inv;
	const rh_host *host;
};

struct Stopped {};

/* Calls a function that answers the output, and finishes. */
template<std::string (*function)(const Run &)>
void
guarded(const rh_invocation *inv, const rh_host *host) noexcept
{
	try {
		std::string output = function(Run(inv, host));

		rh_completed(host, inv, output.c_str());
	} catch (const Stopped &) {
		rh_finish_as_stopped(host, inv);
	} catch (const std::exception &e) {
		rh_failed(host, inv, 1, e.what());
	}
}

std::string
greet(const Run &run)
{
	return "{\"hello\": " + run.member("name") + "}";
}

std::string
greet_slowly(const Run &run)
{
	for (int step = 1; step <= 3; step++) {
		if (!run.wait(50))
			throw Stopped();
		run.print("Hello, " + run.word() + "!\n");
		run.progress("GREETING", 30 * step);
	}
	run.progress("DONE", 100);
	return "greeted in C++\n";
}

const rh_action action = {
	.size = sizeof action, .flags = 0,
	.name = "cpp.greet", .summary = "Greets who is named",
	.schema = R"({"type": "object",
	    "properties": {"name": {"type": "string"}},
	    "required": ["name"], "additionalProperties": false})",
	.run = guarded<greet>,
};
const rh_action *const actions[] = { &action, nullptr };

const rh_runner runner = {
	.size = sizeof runner, .flags = RH_RUNNER_IDEMPOTENT,
	.name = "cpp", .summary = "Greets three times",
	.run = guarded<greet_slowly>,
};
const rh_runner *const runners[] = { &runner, nullptr };

const char *const examples[] = { "/cpp-greet Ann", nullptr };
const rh_command command = {
	.size = sizeof command, .flags = RH_COMMAND_ANY_ACTION,
	.name = "/cpp-greet", .summary = "Greets who is named",
	.runner = "cpp", .default_action = "World",
	.actions = nullptr, .examples = examples,
};
const rh_command *const commands[] = { &command, nullptr };

}

RH_PLUGIN(0,			/* any 1.x host will do */
	.flags = RH_PLUGIN_STATELESS,
	.id = "org.example.greeter-cc",
	.version = "1.0.0",
	.summary = "Greets, in C++",
	.runners = runners,
	.actions = actions,
	.commands = commands,
	.wants = nullptr,
	.extension = nullptr,
);
