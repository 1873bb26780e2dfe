module example.org/initgate/hello

go 1.19
