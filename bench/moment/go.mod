module example.org/initgate/moment

go 1.19
