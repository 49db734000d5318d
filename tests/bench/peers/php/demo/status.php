<?php
header('Content-Type: application/json');
echo '{"status":"OK"}', "\n";
