#!/usr/bin/env node
// The program `zaloxide`: every command of it works on a running bot too.

'use strict';

const { binding } = require('../dist/binding.js');

process.exitCode = binding.program(['zaloxide', ...process.argv.slice(2)]);
