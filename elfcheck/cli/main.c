/* SPDX-License-Identifier: MIT */
/*
 * The command `elfcheck`: options in, reports out. Exits 0 when every file passes, 1 when one does not, 2 when it was
 * called wrongly or a file cannot be read.
 */
#define _GNU_SOURCE
#include "cli.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
	struct elfcheck_target target;
	enum elfcheck_profile profile;
	struct elfcheck_allow allow;
	enum { FOR_PEOPLE, JSON, SARIF } format;
};

static const char usage[] =
	"usage: elfcheck [check] [options] FILE...\n"
	"Will these programs run from an initramfs? '-' reads standard input.\n"
	"\n"
	"  --profile go-static|static|any  what a file has to be (go-static)\n"
	"  --arch x86_64|arm64|riscv64|arm the machine it is to run on (any)\n"
	"  --cpu amd64-v1..v4 | arm64-v8.0.. | riscv64-rva20u64.. | host\n"
	"  --kernel X.Y.Z|running          the kernel it is to run on\n"
	"  --kernel-config FILE            what that kernel was built with, e.g. /boot/config-6.1.0\n"
	"  --image                         the file stands as it will in the image: its mode counts\n"
	"  --root DIR                      the image's tree: are the files there that it will ask for?\n"
	"  --allow SLUG                    this finding is no failure (repeatable)\n"
	"  --json                          one object per file and line\n"
	"  --sarif                         one SARIF 2.1.0 log over all files\n"
	"  --list                          all findings there are\n"
	"  --explain SLUG                  what it is, why it matters, how to rebuild\n";

enum { OPT_PROFILE = 256, OPT_ARCH, OPT_CPU, OPT_KERNEL, OPT_KERNEL_CONFIG, OPT_IMAGE, OPT_ROOT, OPT_ALLOW, OPT_JSON,
       OPT_SARIF, OPT_LIST, OPT_EXPLAIN };

static const struct option long_options[] = {
	{ "profile", required_argument, NULL, OPT_PROFILE }, { "arch", required_argument, NULL, OPT_ARCH },
	{ "cpu", required_argument, NULL, OPT_CPU },         { "kernel", required_argument, NULL, OPT_KERNEL },
	{ "image", no_argument, NULL, OPT_IMAGE },           { "allow", required_argument, NULL, OPT_ALLOW },
	{ "json", no_argument, NULL, OPT_JSON },             { "sarif", no_argument, NULL, OPT_SARIF },
	{ "list", no_argument, NULL, OPT_LIST },             { "explain", required_argument, NULL, OPT_EXPLAIN },
	{ "root", required_argument, NULL, OPT_ROOT },       { "help", no_argument, NULL, 'h' },
	{ "kernel-config", required_argument, NULL, OPT_KERNEL_CONFIG },
	{ NULL, 0, NULL, 0 },
};

static _Noreturn void usage_error(const char *option, const char *value)
{
	if (option)
		fprintf(stderr, "elfcheck: read '--%s %s': no such value\n", option, value);
	fputs(usage, stderr);
	exit(2);
}

static enum elfcheck_profile read_profile(const char *value)
{
	static const char *const names[] = { "go-static", "static", "any" };

	for (size_t i = 0; i < 3; i++)
		if (strcmp(names[i], value) == 0)
			return (enum elfcheck_profile)i;
	usage_error("profile", value);
}

static enum elfcheck_slug read_slug(const char *option, const char *value)
{
	enum elfcheck_slug slug = elfcheck_slug_find(value, strlen(value));

	if (slug == ELFCHECK_SLUGS)
		usage_error(option, value);
	return slug;
}

static _Noreturn void list(void)
{
	for (enum elfcheck_slug slug = 0; slug < ELFCHECK_SLUGS; slug++) {
		const struct elfcheck_slug_info *info = elfcheck_slug_info(slug);

		printf("%d %-4s %-28s %s\n", info->layer, elfcheck_severity_name(info->severity), info->name,
		       info->what);
	}
	exit(0);
}

static _Noreturn void explain(enum elfcheck_slug slug)
{
	const struct elfcheck_slug_info *info = elfcheck_slug_info(slug);

	printf("%s (layer %d, %s; %s)\n", info->name, info->layer, elfcheck_layer_name(info->layer),
	       elfcheck_severity_name(info->severity));
	printf("  what    %s\n  why     %s\n  remedy  %s\n  found   %s\n  missed  %s\n", info->what, info->why,
	       info->remedy, explain_found(slug), explain_peers(slug));
	exit(0);
}

static void read_option(struct options *options, int option)
{
	switch (option) {
	case OPT_PROFILE:
		options->profile = read_profile(optarg);
		break;
	case OPT_ARCH:
		if (!target_set_arch(&options->target, optarg))
			usage_error("arch", optarg);
		break;
	case OPT_CPU:
		if (!target_set_cpu(&options->target, optarg))
			usage_error("cpu", optarg);
		break;
	case OPT_KERNEL:
		if (!target_set_kernel(&options->target, optarg))
			usage_error("kernel", optarg);
		break;
	case OPT_KERNEL_CONFIG:
		if (!kernel_config_read(&options->target, optarg))
			exit(2);
		break;
	case OPT_IMAGE:
		options->target.image = true;
		break;
	case OPT_ROOT:
		if (!root_open(&options->target, optarg))
			exit(2);
		break;
	case OPT_ALLOW:
		elfcheck_allow_add(&options->allow, read_slug("allow", optarg));
		break;
	case OPT_JSON:
		options->format = JSON;
		break;
	case OPT_SARIF:
		options->format = SARIF;
		break;
	case OPT_LIST:
		list();
	case OPT_EXPLAIN:
		explain(read_slug("explain", optarg));
	case 'h':
		fputs(usage, stdout);
		exit(0);
	default:
		usage_error(NULL, NULL);
	}
}

/* Returns the exit status for this file. */
static int check_file(struct options *options, const char *path, bool colour)
{
	struct elfcheck_report report;
	void *bytes = NULL;
	size_t size = 0;

	if (input_read(path, &bytes, &size, &options->target.not_executable) < 0)
		return 2;
	elfcheck(bytes, size, &options->target, options->profile, &options->allow, &report);
	if (options->format == JSON)
		print_json(path, &report);
	else if (options->format == SARIF)
		print_sarif(path, &report);
	else
		print_human(path, &report, colour);
	input_free(bytes, size);
	return report.pass ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct options options = { 0 };
	bool colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	int option, worst = 0;

	if (argc > 1 && strcmp(argv[1], "check") == 0) {
		argv[1] = argv[0];
		argv++;
		argc--;
	}
	while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1)
		read_option(&options, option);
	if (optind == argc)
		usage_error(NULL, NULL);
	if (options.format == SARIF)
		sarif_begin();
	for (int i = optind; i < argc; i++) {
		int status = check_file(&options, argv[i], colour);

		worst = status > worst ? status : worst;
	}
	if (options.format == SARIF)
		sarif_end();
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "elfcheck: write 'standard output': not all of it could be written\n");
		return 2;
	}
	return worst;
}
