#!/bin/sh
# The kernel pipes a core dump in here: signal number, name of the process.
signal=$1
shift
echo "$signal $*" >>/run/cmtest/crashes
