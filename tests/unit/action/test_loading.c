/*
 * What is answered while a plugin is still to be described, and when it
 * doesn't come.
 */
#include "lib/core.h"
#include "lib/tiny.h"
#include "lib/unit.h"

#include "plugin/registry.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static struct plugin *
add_file(struct core *c)
{
	struct err err = { 0 };
	char path[400];
	int fd;

	snprintf(path, sizeof path, "%s/more", c->dir);
	mkdir(path, 0700);
	snprintf(path, sizeof path, "%s/more/late.so", c->dir);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	CHECK(fd >= 0 && tiny_write(fd, "late"));
	close(fd);
	*strrchr(path, '/') = '\0';
	CHECK_OK(registry_scan(c->registry, path, &err), &err);
	return registry_at(c->registry, registry_count(c->registry) - 1);
}

static void
test_late(void)
{
	static const struct {
		const char *action, *body;
	} asked[] = {
		{ "late.greet", "{}" },
		{ "run_create", "{\"runner\":\"late\"}" },
		{ "run_create", "{\"command\":\"/late now\"}" },
	};
	struct caller nobody = lab_anonymous();
	struct plugin *late;
	struct core c;
	struct call *call;
	struct err why;
	size_t i;

	lab_start(&c);
	late = add_file(&c);
	for (i = 0; i < 3; i++) {
		call = lab_do(&c, NULL, asked[i].action, "%s",
		    asked[i].body);
		CHECK_INT(call->status, RH_EUNAVAIL);
		CHECK_HAS(call->err.msg, "yet: plugins are loading");
		call = lab_do(&c, &nobody, asked[i].action, "%s",
		    asked[i].body);
		CHECK_INT(call->status, RH_EAUTH);
	}
	/* The host's own actions are all there. */
	CHECK_INT(lab_do(&c, NULL, "greet", "{}")->status, RH_ENOENT);
	err_set(&why, RH_EPLUGIN, "it is none");
	registry_refuse(c.registry, late, &why);
	for (i = 0; i < 3; i++)
		CHECK_INT(lab_do(&c, NULL, asked[i].action, "%s",
		    asked[i].body)->status, RH_ENOENT);
	CORE_CHECK(&c);
	lab_fini(&c);
}

const struct unit_test action_loading_tests[] = {
	{ "runs and actions of a plugin that still loads come later",
	    test_late },
	{ NULL, NULL }
};
