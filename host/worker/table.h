/*
 * The host table as a plugin sees it in a worker or in-process: checks what
 * it is told (worker/report.h) and passes it on (worker/speak.h).
 */
#ifndef WORKER_TABLE_H
#define WORKER_TABLE_H

#include <runhost/host.h>

extern const struct rh_host table_host;

#endif
