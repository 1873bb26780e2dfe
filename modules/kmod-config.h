/* SPDX-License-Identifier: MIT */
/*
 * What libkmod's configure script would find out, for a static build with musl and without decompressors
 * (configure.ac of kmod names these). HAVE_FINIT_MODULE stays undefined: musl 1.2.3 has the
 * system call's number but no prototype, and kmod brings its own.
 */
#ifndef MODULES_KMOD_CONFIG_H
#define MODULES_KMOD_CONFIG_H

#define _GNU_SOURCE 1
#define PACKAGE "kmod"
#define VERSION "30"
#define SYSCONFDIR "/etc"
#define KMOD_FEATURES ""
#define HAVE_DECL_STRNDUPA 0
#define HAVE_DECL_BE32TOH 1
#define HAVE_STATIC_ASSERT 1
#define HAVE_NORETURN 1
#define HAVE_STRUCT_STAT_ST_MTIM 1
#define HAVE_SECURE_GETENV 1
#define HAVE___BUILTIN_UADDL_OVERFLOW 1
#define HAVE___BUILTIN_UADDLL_OVERFLOW 1

#endif
