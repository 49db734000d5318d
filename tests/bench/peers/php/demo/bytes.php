<?php
$size = (int) $_GET['n'];
header('Content-Type: application/octet-stream');
header('Content-Length: ' . $size);
$piece = str_repeat('x', 65536);
for (; $size > 0; $size -= 65536) {
    echo $size >= 65536 ? $piece : substr($piece, 0, $size);
}
