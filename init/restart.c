/* SPDX-License-Identifier: MIT */
/* The policy of restart=, restart_max=, restart_delay=, and of on_exit=restart, which knows no last time. */
#include "restart.h"

bool restart_is_possible(const struct config *config)
{
	return config->restart != CONFIG_RESTART_NO || config->on_exit == CONFIG_RESTART;
}

static bool is_wanted(const struct config *config, struct outcome outcome)
{
	bool ran = outcome.kind == OUTCOME_EXITED || outcome.kind == OUTCOME_SIGNALED;
	bool well = outcome.kind == OUTCOME_EXITED && outcome.code == 0;

	if (config->on_exit == CONFIG_RESTART || config->restart == CONFIG_RESTART_ALWAYS)
		return ran;
	return config->restart == CONFIG_RESTART_ON_FAILURE && ran && !well;
}

static int delay_ms(int first_ms, int in_a_row)
{
	long long ms = first_ms;

	while (ms > 0 && in_a_row-- > 0 && ms < RESTART_DELAY_MAX_MS)
		ms *= 2;
	return ms < RESTART_DELAY_MAX_MS ? (int)ms : RESTART_DELAY_MAX_MS;
}

int restart_after(const struct config *config, struct outcome outcome, long long ran_us, int *in_a_row)
{
	int n = ran_us >= RESTART_HEALTHY_US ? 0 : *in_a_row;

	if (!is_wanted(config, outcome))
		return RESTART_NO;
	if (n >= config->restart_max && config->on_exit != CONFIG_RESTART)
		return RESTART_GIVE_UP;
	*in_a_row = n < 1000000 ? n + 1 : n;
	return delay_ms(config->restart_delay_ms, n);
}
