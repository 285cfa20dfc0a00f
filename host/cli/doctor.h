/*
 * What the doctor looks at.  Each check is a row of doctor_table; it looks
 * only, and changes nothing.
 */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include "cli/cli.h"
#include "cli/config.h"

enum finding_state { FINDING_UNSET, FINDING_OK, FINDING_WARN, FINDING_FAIL };

struct finding {
	enum finding_state state;	/* UNSET: doesn't apply here */
	char	text[400];		/* what is so */
	char	todo[256];		/* what to do about it, or "" */
};

struct patient {
	const struct cli *cli;
	const struct config *cfg;	/* or NULL, then config_err says why */
	const struct err *config_err;
	const char *data;		/* data directory, or NULL */
};

struct check {
	const char *name;
	void	(*look)(const struct patient *, struct finding *);
};

extern const struct check doctor_table[];	/* ended by a NULL name */

void	finding_set(struct finding *, enum finding_state, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
void	finding_todo(struct finding *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* The checks, by what they look at. */
void	doctor_config(const struct patient *, struct finding *);
void	doctor_data(const struct patient *, struct finding *);
void	doctor_secrets(const struct patient *, struct finding *);
void	doctor_filesystem(const struct patient *, struct finding *);
void	doctor_space(const struct patient *, struct finding *);
void	doctor_anchor(const struct patient *, struct finding *);
void	doctor_kernel(const struct patient *, struct finding *);
void	doctor_sandbox(const struct patient *, struct finding *);
void	doctor_layers(const struct patient *, struct finding *);
void	doctor_files(const struct patient *, struct finding *);
void	doctor_libraries(const struct patient *, struct finding *);
void	doctor_clock(const struct patient *, struct finding *);
void	doctor_host(const struct patient *, struct finding *);
void	doctor_ready(const struct patient *, struct finding *);

#endif
