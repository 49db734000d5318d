<?php
$bytes = 0;
for ($body = fopen('php://input', 'rb'); ($piece = fread($body, 65536)) !== false && $piece !== ''; ) {
    $bytes += strlen($piece);
}
header('Content-Type: application/json');
echo '{"bytes":', $bytes, "}\n";
