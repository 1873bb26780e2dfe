/* SPDX-License-Identifier: MIT */
/* The end of a fuzzer's input: for whom the file in front of it is checked. Bytes, so that any value is a valid one. */
#ifndef TRAILER_H
#define TRAILER_H

#include <stdint.h>

enum { TRAILER_NOBODY, TRAILER_OWN, TRAILER_MACHINE }; /* kinds of target, modulo 3 */
enum { TRAILER_IMAGE = 1, TRAILER_NOT_EXECUTABLE = 2, TRAILER_NOEXEC = 4, TRAILER_COMPAT32 = 8 };
enum { TRAILER_ALLOW_NONE, TRAILER_ALLOW_ONE, TRAILER_ALLOW_MANY, TRAILER_ALLOW_ALL }; /* modulo 4 */

struct trailer {
	uint8_t profile; /* modulo 3 */
	uint8_t flags;
	uint8_t target;       /* none, the file's own machine, or the one named here */
	uint8_t class_data;   /* class in the low four bits, byte order in the high ones */
	uint8_t machine[2];   /* little-endian, as all numbers here */
	uint8_t kernel[3];    /* major, minor, patch */
	uint8_t cpu_level;
	uint8_t allow, slug;  /* how many slugs, and which */
	uint8_t paths;        /* how full the image is, 255: everything is there, 0: nobody knows */
	uint8_t features[2], features_known[2]; /* bits */
};

#endif
