/* SPDX-License-Identifier: MIT */
/* Did the kernel unpack the whole image? */
#ifndef INIT_MANIFEST_H
#define INIT_MANIFEST_H

/*
 * Compares the files of the image with the manifest at `path`, which the image builder writes as the last
 * entry: one line "SIZE PATH" per regular file, bytes and absolute path. With too little memory, or a
 * damaged archive, the kernel boots on with what it could unpack (init/initramfs.c). NULL: nothing to
 * compare. Returns 0, or -errno after logging the first file that is missing or short.
 */
int manifest_check(const char *path);

#endif
