# SPDX-License-Identifier: MIT
# Init's events on the result channel, as lines for people. Input: one JSON object per line; $colour: "" for none.

def paint(code): if $colour == "" then . else "\u001b[\(code)m\(.)\u001b[0m" end;
def right(n): (" " * ([n - length, 0] | max) // "") + .;
def ms: (. / 100 | round / 10 | tostring) | (if contains(".") then . else . + ".0" end) + " ms" | right(11);
def status: if . == "pass" then paint("32") elif . == "fail" then paint("31") elif . == "warn" then paint("33") else paint("2") end;

inputs
| if .event == "start" then "initgate \(.version) on Linux \(.kernel), \(.machine)" | paint("1")
  elif .event == "stage" then "\(.took_us | ms)  \(.stage)"
  elif .event == "module" then "\(.took_us | ms)    module \(.module) \(.result)" | paint("2")
  elif .event == "payload" then
	"             \(.payload), \(.size) bytes, \(.machine)"
	+ (if .go_version then ", \(.go_version)" else "" end) + (if .go_path then ", \(.go_path)" else "" end)
  elif .event == "layer" then "             \(.status | status)  layer \(.layer): \(.name)"
  elif .event == "finding" and .severity != "info" then
	"             \(.severity | status)  \(.slug): \(.message)" + (if .evidence == "" then "" else " (\(.evidence))" end)
	+ "\n                   to rebuild: \(.remedy)"
  elif .event == "result" then "             \(.payload): \(.outcome), exit status \(.exit)"
  elif .event == "launch" then "             started as pid \(.pid)"
  elif .event == "done" then
	"\(.outcome), exit status \(.exit)" + (if .reason then "\n\(.reason)" else "" end)
	| paint(if .[0:6] == "exited" then "1" else "31" end)
  else empty end
