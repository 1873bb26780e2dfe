// SPDX-License-Identifier: MIT

// Hello is the program that the demonstration and the tests boot. It says what it finds, or does what its first
// argument asks for.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	command := "hello"
	if len(os.Args) > 1 {
		command = os.Args[1]
	}
	switch command {
	case "exit": // exit N
		os.Exit(number(2))
	case "signal": // signal N: ends itself by it
		signal := syscall.Signal(number(2))
		must(syscall.Kill(os.Getpid(), signal))
		time.Sleep(time.Hour)
	case "args": // prints its arguments as JSON
		must(json.NewEncoder(os.Stdout).Encode(os.Args[2:]))
	case "bytes": // bytes N: N kibibytes of every byte value on standard output
		count(number(2))
	case "stderr":
		fmt.Fprintln(os.Stderr, "this is standard error")
	case "orphans": // orphans N: leaves N processes behind that end later
		orphans(number(2))
	case "reaped": // reaped N: orphans, and waits until no process but PID 1 and this one is left, zombies included
		must(exec.Command(os.Args[0], "orphans", os.Args[2]).Run())
		reaped(time.Now().Add(20 * time.Second))
	case "hang":
		time.Sleep(time.Hour)
	case "reboot": // as PID 1, with mode=exec
		fmt.Println("pid", os.Getpid())
		must(syscall.Reboot(syscall.LINUX_REBOOT_CMD_RESTART))
	case "state": // what it was given, as JSON
		must(json.NewEncoder(os.Stdout).Encode(state()))
	case "until": // until FILE N: fails N times, counted in FILE, then does not
		if countRun(os.Args[2]) <= int64(number(3)) {
			os.Exit(1)
		}
	case "record": // record FILE: copies what init says of this boot there, once its own start stands in it
		record(os.Args[2])
	case "true":
	default:
		hello()
	}
}

func hello() {
	var uts syscall.Utsname
	must(syscall.Uname(&uts))
	release := make([]byte, 0, len(uts.Release))
	for _, c := range uts.Release {
		if c == 0 {
			break
		}
		release = append(release, byte(c))
	}
	fmt.Printf("Hello from %s, pid %d, on Linux %s.\n", os.Args[0], os.Getpid(), release)
	modules, err := os.ReadFile("/proc/modules")
	must(err)
	for _, line := range strings.Split(strings.TrimSpace(string(modules)), "\n") {
		if name := strings.Fields(line); len(name) > 3 {
			fmt.Printf("  module %s, used by %s\n", name[0], name[3])
		}
	}
}

func count(kibibytes int) {
	out := bufio.NewWriter(os.Stdout)
	for i := 0; i < kibibytes*1024; i++ {
		must(out.WriteByte(byte(i)))
	}
	must(out.Flush())
}

func orphans(n int) {
	for i := 0; i < n; i++ {
		must(exec.Command(os.Args[0], "true").Start())
	}
}

// There is no event for what PID 1 reaps, so this looks again and again.
func reaped(deadline time.Time) {
	for {
		others := 0
		entries, err := os.ReadDir("/proc")
		must(err)
		for _, entry := range entries {
			if pid, err := strconv.Atoi(entry.Name()); err == nil && pid != 1 && pid != os.Getpid() {
				others++
			}
		}
		if others == 0 {
			return
		}
		if time.Now().After(deadline) {
			fmt.Println(others, "processes are left")
			os.Exit(98)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func state() map[string]any {
	wd, err := os.Getwd()
	must(err)
	exe, err := os.Readlink("/proc/self/exe")
	must(err)
	entries, err := os.ReadDir("/proc/self/fd")
	must(err)
	fds := map[string]string{}
	for _, entry := range entries {
		if target, err := os.Readlink("/proc/self/fd/" + entry.Name()); err == nil && !strings.Contains(target, "/proc/") &&
			!strings.Contains(target, "anon_inode") {
			fds[entry.Name()] = target
		}
	}
	sid, _, errno := syscall.Syscall(syscall.SYS_GETSID, 0, 0, 0)
	if errno != 0 {
		must(errno)
	}
	hostname, err := os.Hostname()
	must(err)
	loopback, err := os.ReadFile("/sys/class/net/lo/flags")
	must(err)
	var files syscall.Rlimit
	must(syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files))
	umask := syscall.Umask(0)
	syscall.Umask(umask)
	return map[string]any{"cwd": wd, "exe": exe, "env": os.Environ(), "fds": fds, "pid": os.Getpid(), "sid": sid,
		"pgrp": syscall.Getpgrp(), "umask": umask, "hostname": hostname, "lo": strings.TrimSpace(string(loopback)),
		"nofile": files.Max}
}

// How often this was called, over all runs, for the file whose length counts.
func countRun(path string) int64 {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	must(err)
	_, err = file.WriteString(".")
	must(err)
	info, err := file.Stat()
	must(err)
	return info.Size()
}

// Init writes that it has started us after it has; there is no event for it.
func record(path string) {
	own := fmt.Sprintf("\"launch\",\"pid\":%d,", os.Getpid())
	for i := 0; i < 1000; i++ {
		text, err := os.ReadFile("/run/initgate/report.json")
		must(err)
		if strings.Contains(string(text), own) {
			must(os.WriteFile(path, text, 0o644))
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	os.Exit(98)
}

func number(i int) int {
	n, err := strconv.Atoi(os.Args[i])
	must(err)
	return n
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "hello:", err)
		os.Exit(99)
	}
}
