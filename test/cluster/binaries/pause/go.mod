module openreg.dev/test/cluster/binaries/pause

go 1.26.0
