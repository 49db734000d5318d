<?php
header('Content-Type: text/plain');
usleep(1000 * (int) $_GET['ms']);
echo 'slept ', (int) $_GET['ms'], " ms\n";
