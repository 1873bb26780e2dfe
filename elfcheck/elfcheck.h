/* SPDX-License-Identifier: MIT */
/*
 * The ELF checker: will this file run, and is it what it claims to be?
 *
 * A pure function over bytes in memory: no I/O, no allocation, no errno, no static state. It
 * judges from program headers alone, as the kernel does (fs/binfmt_elf.c, elf(5)); section headers
 * are never read. Everything it knows about the machine comes from the caller. The same source runs
 * inside PID 1 and as the host command `elfcheck`.
 *
 * Time is linear in the size of the file whatever its bytes are.
 */
#ifndef ELFCHECK_H
#define ELFCHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes inside the checked image, not NUL-terminated; valid as long as the image is. */
struct elfcheck_text {
	const char *ptr; /* NULL when absent */
	size_t len;
};

/* What the file has to be. */
enum elfcheck_profile {
	ELFCHECK_GO_STATIC, /* a Go program without cgo that needs nothing from the image */
	ELFCHECK_STATIC,    /* any program that needs no interpreter and no shared object */
	ELFCHECK_ANY,       /* anything this kernel can execute */
};

/* Ordered: a layer's status is the worst of its findings'. */
enum elfcheck_severity { ELFCHECK_INFO, ELFCHECK_WARN, ELFCHECK_FAIL };
enum elfcheck_status { ELFCHECK_SKIPPED, ELFCHECK_PASSED, ELFCHECK_WARNED, ELFCHECK_FAILED };
enum elfcheck_kind { ELFCHECK_KIND_NOT_ELF, ELFCHECK_KIND_ELF, ELFCHECK_KIND_GO };
enum elfcheck_version_source { ELFCHECK_VERSION_NONE, ELFCHECK_VERSION_BUILDINFO,
			       ELFCHECK_VERSION_RUNTIME };
enum elfcheck_cgo { ELFCHECK_HAS_CGO_UNKNOWN, ELFCHECK_HAS_CGO_NO, ELFCHECK_HAS_CGO_YES };

/* Layers are numbered from 1; index 0 of arrays stays unused. */
#define ELFCHECK_LAYERS 7

enum elfcheck_slug {
#define SLUG(id, name, layer, severity, what, why, remedy) ELFCHECK_##id,
#include "slugs.def"
#undef SLUG
	ELFCHECK_SLUGS, /* how many there are */
};

/* What a slug means, for people. The strings live for ever. */
struct elfcheck_slug_info {
	const char *name; /* the stable name, e.g. "interp-present" */
	int layer;        /* 1..ELFCHECK_LAYERS */
	enum elfcheck_severity severity;
	const char *what;   /* one sentence: what is wrong */
	const char *why;    /* why it matters at boot */
	const char *remedy; /* how to rebuild */
};

/* What a kernel may have been built without (init/Kconfig, net/Kconfig), and Go programs ask for. */
enum elfcheck_feature {
#define FEATURE(id, option, slug) ELFCHECK_FEATURE_##id,
#include "needs.def"
	ELFCHECK_FEATURES,
};

/* What a Go program expects of the image around it, told by the functions inside it. */
enum elfcheck_need {
#define NEED(id, name, slug, paths) ELFCHECK_NEED_##id,
#include "needs.def"
	ELFCHECK_NEEDS,
};

/* The machine the file is to run on. Zero means unknown: the checks that need it are skipped. */
struct elfcheck_target {
	uint16_t machine; /* EM_* of <elf.h> */
	uint8_t class;    /* ELFCLASS32 or ELFCLASS64 */
	uint8_t data;     /* ELFDATA2LSB or ELFDATA2MSB */
	bool compat32;    /* x86-64 only: the kernel also runs i386 programs (CONFIG_IA32_EMULATION) */
	uint32_t kernel;  /* major << 16 | minor << 8 | patch (each capped at 255) */
	/*
	 * The architecture's CPU level: amd64 1..4 (GOAMD64=vN); arm64 major * 10 + minor (GOARM64=v8.1 is
	 * 81); riscv64 20, 22, 23 (GORISCV64=rvaNu64).
	 */
	uint8_t cpu_level;
	uint32_t features, features_known; /* a bit per enum elfcheck_feature: is it there, was it asked */
	/* What layer 7 asks of the image; false `image` means that the file stands in none yet. */
	bool image;
	bool not_executable; /* the file has no x bit */
	bool noexec;         /* it lies on a filesystem mounted noexec */
	/*
	 * Does that absolute path lead to something in the image; with `program`, to a regular file that may be
	 * executed? NULL: unknown. `path` is not NUL-terminated.
	 */
	bool (*has_path)(void *ctx, const char *path, size_t len, bool program);
	void *ctx;
};

#define ELFCHECK_EVIDENCE 96
#define ELFCHECK_FINDINGS 32
#define ELFCHECK_PACKAGES 64
#define ELFCHECK_SETTINGS 64
#define ELFCHECK_NEEDED 64

/* One thing found. `field` names where, in the words of elf(5), and lives for ever. */
struct elfcheck_finding {
	enum elfcheck_slug slug;
	enum elfcheck_severity severity; /* the slug's own, or INFO where the caller allowed it */
	const char *field;
	uint64_t offset; /* of that field in the file, bytes */
	/* What was read there: printable ASCII, NUL-terminated, cut to fit. */
	char evidence[ELFCHECK_EVIDENCE];
};

/* The headers' own words, whatever they are worth; see elf(5). */
struct elfcheck_elf {
	uint16_t type, machine; /* e_type, e_machine; 0 when not ELF */
	uint8_t class, data;    /* EI_CLASS, EI_DATA */
	uint32_t flags;         /* e_flags */
	struct elfcheck_text interp;
	size_t n_needed; /* DT_NEEDED entries; the array holds the first of them */
	struct elfcheck_text needed[ELFCHECK_NEEDED];
};

struct elfcheck_setting {
	struct elfcheck_text key, value; /* of "build<TAB>KEY=VALUE", as it stands there: the value may be a Go literal */
};

struct elfcheck_go {
	struct elfcheck_text version; /* "go1.19.8" */
	enum elfcheck_version_source version_source;
	struct elfcheck_text path; /* main package's import path */
	enum elfcheck_cgo cgo;
	size_t n_packages; /* packages that bring cgo, as in names of functions: see elfcheck_import_path() */
	struct elfcheck_text packages[ELFCHECK_PACKAGES];
	size_t n_settings;
	struct elfcheck_setting settings[ELFCHECK_SETTINGS];
	uint32_t needs; /* a bit per enum elfcheck_need */
};

/* Plain data: no pointer in it points into itself, so it can cross fork() in shared memory. */
struct elfcheck_report {
	bool pass;
	enum elfcheck_kind kind;
	struct elfcheck_elf elf;
	struct elfcheck_go go;
	enum elfcheck_status layers[ELFCHECK_LAYERS + 1];
	size_t n_findings;      /* in the array, in the order found */
	size_t n_findings_lost; /* more than fitted; their severity still counted */
	struct elfcheck_finding findings[ELFCHECK_FINDINGS];
};

/* Slugs whose findings count as information only; a bit per slug. Zero-initialise. */
struct elfcheck_allow {
	uint64_t bits[(ELFCHECK_SLUGS + 63) / 64];
};

/*
 * Checks `size` bytes at `image` (NULL only with size 0) and fills *ret_report completely. Any bytes
 * are fine, a malformed file is a finding. `allow` may be NULL. Returns ret_report->pass.
 */
bool elfcheck(const void *image, size_t size, const struct elfcheck_target *target,
	      enum elfcheck_profile profile, const struct elfcheck_allow *allow,
	      struct elfcheck_report *ret_report);

const struct elfcheck_slug_info *elfcheck_slug_info(enum elfcheck_slug slug);
/* The slug of that name, or ELFCHECK_SLUGS when there is none. */
enum elfcheck_slug elfcheck_slug_find(const char *name, size_t len);
/*
 * The import path of a package as its functions' names give it: there, dots behind the last slash and odd characters are
 * "%2e" (objabi.PathToPrefix in src/cmd/internal/objabi/path.go). Writes at most `room` bytes to `to`, no NUL; returns
 * how many.
 */
size_t elfcheck_import_path(struct elfcheck_text package, char *to, size_t room);
void elfcheck_allow_add(struct elfcheck_allow *allow, enum elfcheck_slug slug);

/* Names for people and JSON; never NULL. */
const char *elfcheck_layer_name(int layer);
const char *elfcheck_status_name(enum elfcheck_status status);     /* skip pass warn fail */
const char *elfcheck_severity_name(enum elfcheck_severity severity); /* info warn fail */
const char *elfcheck_kind_name(enum elfcheck_kind kind);           /* not-elf elf go */
const char *elfcheck_machine_name(uint16_t machine);               /* "x86-64", "AArch64", … or "unknown" */
const char *elfcheck_feature_option(enum elfcheck_feature feature); /* "CONFIG_FUTEX" */
const char *elfcheck_need_name(enum elfcheck_need need);           /* "dns" */

#endif
