// SPDX-License-Identifier: MIT

// Takes dlopen from the C library without cgo, as libraries do that call C from pure Go.
package main

//go:cgo_import_dynamic libc_dlopen dlopen "libdl.so.2"
//go:cgo_import_dynamic _ _ "libc.so.6"

func dlopen()

var entry = dlopen

func main() {
	if entry != nil {
		println("hello")
	}
}
