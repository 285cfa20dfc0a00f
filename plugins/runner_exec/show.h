/*
 * What can be run, for people.
 */
#ifndef EXEC_SHOW_H
#define EXEC_SHOW_H

#include "manifest.h"
#include "text.h"

void	show_actions(const struct manifest *, struct text *);
void	show_action(const struct action *, struct text *);

#endif
