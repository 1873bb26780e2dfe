// SPDX-License-Identifier: MIT

// What Go's own reader says of files: it takes names from standard input, a NUL behind each, and prints an object for
// each file that it can read. The same code is behind `go version -m`, which reads only files that are executable.
package main

import (
	"bufio"
	"debug/buildinfo"
	"encoding/json"
	"os"
)

type told struct {
	File     string            `json:"file"`
	Version  string            `json:"version"`
	Path     string            `json:"path"`
	Settings map[string]string `json:"settings"`
}

func main() {
	names := bufio.NewReader(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for {
		name, err := names.ReadString(0)
		if err != nil {
			return
		}
		name = name[:len(name)-1]
		info, err := buildinfo.ReadFile(name)
		if err != nil {
			continue
		}
		settings := map[string]string{}
		for _, s := range info.Settings {
			settings[s.Key] = s.Value
		}
		if err := out.Encode(told{name, info.GoVersion, info.Path, settings}); err != nil {
			panic(err)
		}
	}
}
