// SPDX-License-Identifier: MIT

// Takes a constant from C and no code: what is C in it is runtime/cgo alone.
package main

// #define ANSWER 42
import "C"

func main() { println(C.ANSWER) }
