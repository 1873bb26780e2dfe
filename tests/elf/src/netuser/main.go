// SPDX-License-Identifier: MIT

// Uses the two packages of the standard library that have both a Go and a C implementation.
package main

import (
	"fmt"
	"net"
	"os/user"
)

func main() {
	addrs, err := net.LookupHost("localhost")
	u, uerr := user.Current()
	fmt.Println(addrs, err, u, uerr)
}
