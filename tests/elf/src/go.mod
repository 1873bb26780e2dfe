module example.com/payload

go 1.19
