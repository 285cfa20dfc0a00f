# Plugins that attack: table.txt, played as root and as an ordinary user.
TESTS += %D%/hostile.sh %D%/hostile-user.sh
