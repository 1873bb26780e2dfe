// SPDX-License-Identifier: MIT

// C code that calls back into Go.
package main

// extern int twice(int n);
// static inline int call(int n) { return twice(n); }
import "C"

//export twice
func twice(n C.int) C.int { return 2 * n }

func main() { println(C.call(21)) }
