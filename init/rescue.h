/* SPDX-License-Identifier: MIT */
/* A shell for people, where the image holds one. Not built with RESCUE=0. */
#ifndef INIT_RESCUE_H
#define INIT_RESCUE_H

/* Runs /bin/sh on the console until it ends. Without one a line says so. */
#if INITGATE_RESCUE
void rescue_shell(int signals);
#else
static inline void rescue_shell(int signals)
{
	(void)signals;
}
#endif

#endif
